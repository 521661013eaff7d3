// @ts-check
// Moving the focus through the rows of a list, and keeping it when rows come and go.

/** The titles of all rows on the screen, in reading order. @returns {HTMLElement[]} */
function titles() {
  return [...document.querySelectorAll("[data-row] .title")].filter((each) => each instanceof HTMLElement);
}

/** The key of the row that has the focus, or "". @returns {string} */
export function focusedKey() {
  return document.activeElement?.closest("[data-row]")?.getAttribute("data-row") ?? "";
}

/** Focus the row that is `by` rows further, or the first. @param {number} by */
export function moveFocus(by) {
  const all = titles();
  const at = all.findIndex((each) => each.closest("[data-row]") === document.activeElement?.closest("[data-row]"));
  const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
  all[next]?.focus();
}

/** Focus the first row of the next group (1), or of the one before (-1). @param {number} by */
export function moveGroup(by) {
  const firsts = [...document.querySelectorAll("[data-section]")].map((each) => each.querySelector("[data-row] .title")).filter((each) => each instanceof HTMLElement);
  const here = document.activeElement?.closest("[data-section]");
  const at = firsts.findIndex((each) => each.closest("[data-section]") === here);
  firsts[at < 0 ? 0 : Math.min(firsts.length - 1, Math.max(0, at + by))]?.focus();
}

/** The keys of all rows on the screen. @returns {string[]} */
export function keysShown() {
  return titles().map((each) => each.closest("[data-row]")?.getAttribute("data-row") ?? "");
}

/** Focus the first or last row. @param {"first" | "last"} end */
export function focusEnd(end) {
  titles().at(end === "first" ? 0 : -1)?.focus();
}

/** Return a function that focuses the row after this one, for when this one is gone. @param {string} key @returns {() => void} */
export function neighbourOf(key) {
  const keys = keysShown();
  const at = keys.indexOf(key);
  const next = keys[at + 1] ?? keys[at - 1];
  return () => next && focusRow(next);
}

/** Focus a row. Return whether it is on the screen. @param {string} key @returns {boolean} */
export function focusRow(key) {
  const row = document.querySelector(`[data-row="${CSS.escape(key)}"] .title`);
  if (row instanceof HTMLElement) row.focus();
  return Boolean(row);
}
