// @ts-check
// Not a language: English in a page that runs from right to left.
import en from "./en.js";

/** What is written stands between marks of the direction, as a word of such a language would. @param {string} text */
const marked = (text) => `\u200f${text}\u200f`;

export default { ...en, dir: /** @type {const} */ ("rtl"), shown: marked };
