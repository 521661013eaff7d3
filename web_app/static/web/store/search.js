// @ts-check
// Search over what this device holds, by the server's rules: letters without marks and cases, every word as the beginning
// of one, "quoted words" whole and one after the other, -word for tasks without it.

/** Return a text as search compares it. */
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
}

/** Return the words of a text. */
export function wordsOf(text) {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** @typedef {{words: string[], isPhrase: boolean, isWithout: boolean}} Part what a query asks for: words that follow each other */

function partsOf(query) {
  const parts = [];
  for (const [, minus, phrase, word] of query.matchAll(/(?:(?<=^|\s)(-))?(?:"([^"]*)(?:"|$)|([^\s"]+))/gu)) {
    parts.push({ words: wordsOf(phrase ?? word), isPhrase: phrase !== undefined, isWithout: Boolean(minus) });
  }
  return parts.filter(({ words }) => words.length);
}

/** @type {WeakMap<object, string[]>} the words of tasks that were searched: what is typed next asks the same ones */
const known = new WeakMap();

function wordsOfTask(task) {
  const before = known.get(task);
  if (before) return before;
  const words = wordsOf(`${task.title} ${task.description} ${task.tags.join(" ")}`);
  known.set(task, words);
  return words;
}

function has(found, { words, isPhrase }) {
  const last = words.length - 1;
  const fits = (from) => words.every((word, at) => (isPhrase || at < last ? found[from + at] === word : found[from + at]?.startsWith(word)));
  return found.some((_, from) => fits(from));
}

/** Return a test for tasks, or null for a query without words. */
export function matcherOf(query) {
  const parts = partsOf(query);
  if (!parts.length) return null;
  return (task) => {
    const found = wordsOfTask(task);
    return parts.every((part) => has(found, part) !== part.isWithout);
  };
}
