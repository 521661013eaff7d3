// @ts-check
// A text that is written or pasted, before anybody has read it.

/** Return the lines of a pasted text, without empty ones and without list marks. @param {string} text @returns {string[]} */
export function linesOf(text) {
  return text.split(/\r?\n/).map((line) => line.replace(/^\s*(?:[-*•]|\[[ x]\]|\d+[.)])\s+/i, "").trim()).filter(Boolean);
}

/** Return the text without characters that no text may have: NUL, and halves of surrogate pairs. @param {string} text @returns {string} */
export function cleanText(text) {
  return text.replaceAll("\0", "").toWellFormed();
}
