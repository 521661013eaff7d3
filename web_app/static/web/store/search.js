// @ts-check
// Search over what this device holds: letters without marks and cases, every word must occur, the last as a beginning.

/** Return a text as search compares it. @param {string} text @returns {string} */
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
}

/** Return the words of a query. @param {string} query @returns {string[]} */
export function wordsOf(query) {
  return plain(query).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Return a test for tasks, or null for a query without words. @param {string} query @returns {((task: any) => boolean) | null} */
export function matcherOf(query) {
  const words = wordsOf(query);
  const last = words.pop();
  if (last === undefined) return null;
  return (task) => {
    const found = wordsOf(`${task.title} ${task.description} ${task.tags.join(" ")}`);
    const set = new Set(found);
    return words.every((word) => set.has(word)) && found.some((word) => word.startsWith(last));
  };
}
