// @ts-check
// Own words of the page: `t("key", values)` returns the message of the chosen language.
import en from "../locale/en.js";

/** @typedef {(key: string, values?: any) => string} Translate */
/** @typedef {{t: Translate, locale: string, dir: "ltr" | "rtl"}} Language */

/** Languages that are not English, by how a browser names them; two are none, and for tests. */
const OTHERS = { "en-XA": () => import("../locale/xa.js"), "en-XB": () => import("../locale/xb.js") };

/** Load the words of the browser's language, and give the page its direction. @returns {Promise<Language>} */
export async function loadLanguage() {
  const other = await OTHERS[navigator.language]?.().catch(() => undefined);
  const words = language(other?.default);
  Object.assign(document.documentElement, { lang: words.locale, dir: words.dir });
  return words;
}

/** @type {Record<string, (values: any) => string>} words that came with the modules that show them */
const later = {};

/** Give the page the words of a part that was loaded later. @param {Record<string, (values: any) => string>} texts */
export function addWords(texts) {
  Object.assign(later, texts);
}

/** @returns {Language} */
export function language(messages = en) {
  const { locale, dir, texts, shown = String } = messages;
  return {
    locale,
    dir,
    t: (key, values = {}) => {
      const message = texts[key] ?? later[key];
      return message === undefined ? key : shown(message(values));
    },
  };
}
