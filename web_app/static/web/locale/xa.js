// @ts-check
// Not a language: English that is longer and marked, to find words that are not in `locale/` and places too small for others.
import en from "./en.js";

const MARKS = { a: "á", e: "é", i: "í", o: "ó", u: "ú", A: "Á", E: "É", I: "Í", O: "Ó", U: "Ú" };

const longer = (text) => `[${text.replace(/[aeiou]/gi, (letter) => MARKS[letter])}${"~".repeat(Math.ceil(text.length * 0.4))}]`;

export default { ...en, shown: longer };
