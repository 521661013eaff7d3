// @ts-check
// What a section of a list is called, and what its heading offers.
import { html } from "../vendor/lit-element/lit-element.js";
import { dayText, longDay } from "../time/format.js";
import { icon } from "./icons.js";

/** @param {string} id @returns {string} */
export function headingOf(id, { t, place }) {
  const [, kind, day] = /^(.*?) ?(\d{4}-\d\d-\d\d)$/.exec(id) ?? [];
  if (!day) return t(id);
  if (kind === "week") return t("week_from", { day: longDay(day, place.locale) });
  const [near, long] = [dayText(day, place.today, place), longDay(day, place.locale)];
  return /\d/.test(near) || long.startsWith(near) ? long : `${near} · ${long}`;
}

export function bringToToday(rows, { t, actions, place }) {
  const move = () => void import("./moving.js").then(({ movedToToday }) => actions.changeAll(rows, (row) => movedToToday(row, place)));
  return html`<button type="button" class="act" @click=${move}>${t("all_to_today")}</button>`;
}

/** Begin a task on a day: the day stands in the line already, behind the title that is to be written. @param {string} day */
export function addition(day, app) {
  const begin = () => {
    document.querySelector("quick-add")?.dispatchEvent(new CustomEvent("fill", { detail: ` ${day}` }));
    /** @type {HTMLInputElement | null} */ (document.querySelector("quick-add input"))?.setSelectionRange(0, 0);
  };
  return html`<button type="button" class="quiet" aria-label=${app.t("add_on", { day: headingOf(day, app) })} @click=${begin}>${icon("plus")}</button>`;
}
