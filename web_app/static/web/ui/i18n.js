// @ts-check
// Own words of the page: `t("key", values)` returns the message of the chosen language.
import en from "../locale/en.js";

/** @typedef {(key: string, values?: any) => string} Translate */

/** @returns {{t: Translate, locale: string, dir: "ltr" | "rtl"}} */
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
