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

/** @returns {Language} */
export function language(messages = en) {
  return {
    locale: messages.locale,
    dir: messages.dir,
    t: (key, values = {}) => {
      const message = messages.texts[key];
      return message === undefined ? key : message(values);
    },
  };
}
