// @ts-check
// Moving the focus through the rows of a list, also of those that are not in the page, and which rows are picked.

/** The list on the screen. @returns {any} */
const shown = () => document.querySelector("list-view, [data-line]");

/** The rows of the list on the screen. @returns {Line} */
const line = () => shown()?.line ?? new Line([]);

/** The rows of several sections as one line: by number and by key, without going through all of them. */
export class Line {
  /** @param {Array<{id: string, list: {rows: any[], numberOf: (key: string) => number}}>} sections */
  constructor(sections) {
    this.sections = sections;
  }

  get length() {
    return this.sections.reduce((sum, { list }) => sum + list.rows.length, 0);
  }

  /** @param {number} number @returns {string} "" where there is no row */
  keyAt(number) {
    for (const { list: { rows } } of this.sections) {
      if (number < rows.length) return rows[number]?.key ?? "";
      number -= rows.length;
    }
    return "";
  }

  /** The section of a row, and its number there; -1 if there is no such row. @param {string} key @returns {{id: string, before: number, number: number}} */
  placeOf(key) {
    let before = 0;
    for (const { id, list } of this.sections) {
      const number = list.numberOf(key);
      if (number >= 0) return { id, before, number };
      before += list.rows.length;
    }
    return { id: "", before: 0, number: -1 };
  }

  /** @param {string} key @returns {number} -1 if there is no such row */
  numberOf(key) {
    const { before, number } = this.placeOf(key);
    return before + number;
  }

  rowOf(key) {
    const { id, number } = this.placeOf(key);
    return this.sections.find((each) => each.id === id)?.list.rows[number];
  }

  /** @param {number} [from] @param {number} [to] up to but not @returns {string[]} */
  keys(from = 0, to = Infinity) {
    return this.sections.flatMap(({ list }) => list.rows).slice(Math.max(0, from), Math.max(0, to)).map(({ key }) => key);
  }
}

/** The rows that were picked on this screen: what is done next is done to all of them. */
export class Selection extends EventTarget {
  constructor() {
    super();
    /** @type {Set<string>} keys of rows, in the order in which they were picked */
    this.keys = new Set();
  }

  toggle(key) {
    if (!this.keys.delete(key)) this.keys.add(key);
    this.changed();
  }

  add(keys) {
    for (const key of keys) this.keys.add(key);
    this.changed();
  }

  clear() {
    if (!this.keys.size) return;
    this.keys.clear();
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** The key of the row that has the focus, or of the task that is open and has it; or "". @returns {string} */
export function focusedKey() {
  const place = document.activeElement?.closest("[data-row], [data-open]");
  return place?.getAttribute("data-row") ?? place?.getAttribute("data-open") ?? "";
}

/** Focus a row, which is brought into the page for it. Return whether it is in the list. @param {string} key @param {FocusOptions} [options] @returns {boolean} */
export function focusRow(key, options) {
  if (line().numberOf(key) < 0) return false;
  shown().reveal?.(key); // some lists are whole in the page
  const row = shown().querySelector(`[data-row="${CSS.escape(key)}"] :is(.title, .edit)`);
  row?.focus(options);
  return Boolean(row);
}

/** The number of the first row that is seen. @returns {number} */
function firstSeen() {
  const row = [...(shown()?.querySelectorAll("[data-row]") ?? [])].find((each) => each.getBoundingClientRect().bottom > 0);
  return line().numberOf(row?.dataset.row ?? "");
}

/** Focus the row that is `by` rows further; without a row that has it, the first that is seen. @param {number} by */
export function moveFocus(by) {
  const at = line().numberOf(focusedKey());
  const next = at < 0 ? firstSeen() : at + by;
  focusRow(line().keyAt(Math.min(line().length - 1, Math.max(0, next))));
}

/** Focus the first row of the next group (1), or of the one before (-1). @param {number} by */
export function moveGroup(by) {
  const { sections } = line();
  const here = sections.findIndex(({ id }) => id === line().placeOf(focusedKey()).id);
  const group = sections[here < 0 ? 0 : Math.min(sections.length - 1, Math.max(0, here + by))];
  focusRow(group?.list.rows[0]?.key ?? "");
}

/** The keys of all rows of the list. @returns {string[]} */
export function keysShown() {
  return line().keys();
}

/** The keys of the rows from one to another, whichever comes first; none if one of them is not there. @param {string} one @param {string} other @returns {string[]} */
export function keysBetween(one, other) {
  const [from, to] = [line().numberOf(one), line().numberOf(other)].sort((first, second) => first - second);
  return from < 0 ? [] : line().keys(from, to + 1);
}

/** Focus the first or last row. @param {"first" | "last"} end */
export function focusEnd(end) {
  focusRow(line().keyAt(end === "first" ? 0 : line().length - 1));
}

/** How many rows may go at once before the focus finds none of those around them. */
const MOST_GONE = 500;

/** Return a function that focuses the row after this one, for when this one is gone; the next that is still there. @param {string} key @returns {() => void} */
export function neighbourOf(key) {
  const at = line().numberOf(key);
  if (at < 0) return () => undefined;
  const around = [...line().keys(at + 1, at + MOST_GONE), ...line().keys(at - MOST_GONE, at).reverse()];
  return () => void around.some((each) => focusRow(each));
}
