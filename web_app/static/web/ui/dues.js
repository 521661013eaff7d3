// @ts-check
// A due as its parts are chosen, and as the server is told it.
import { dayText, timeText, wallText } from "../time/format.js";
import { dayAt } from "../time/days.js";
import { instantToWall, isZone } from "../time/zones.js";

/** @typedef {{day: string, time: string, zone: string, isFloating: boolean}} Parts `time` is "" for a whole day */

const two = (number) => String(number).padStart(2, "0");

/** The zone whose clock a due is on. @param {string} zone of the account */
export const zoneOfDue = (row, zone) => (!row.floating && row.time_zone && isZone(row.time_zone) ? row.time_zone : zone);

/** @param {string} zone of the account */
export function partsOfDue(row, zone) {
  const own = zoneOfDue(row, zone);
  const common = { zone: own, isFloating: Boolean(row.floating) };
  if (!row.due_at) return { ...common, day: row.due_on ?? "", time: "" };
  const { hour, minute } = instantToWall(Date.parse(row.due_at), own);
  return { ...common, day: dayAt(Date.parse(row.due_at), own), time: `${two(hour)}:${two(minute)}` };
}

/** Return the fields that give a task this due; a zone is named, so that nothing depends on when it is sent. */
export function fieldsOfDue({ day, time, zone, isFloating }) {
  if (!time) return { due_on: day };
  return { due_at: `${day}T${time}`, ...(isFloating ? { floating: true, time_zone: null } : { time_zone: zone }) };
}

/** Return the fields of the due that a line says and nothing else; null for another line. */
export function fieldsRead({ title, fields: { due_on: day, due_at: at, time_zone: zone } }) {
  if (title || !(day || at)) return null;
  return day ? { due_on: day } : { due_at: at, ...(zone ? { time_zone: zone } : {}) };
}

/** Return what a due without one is set to. */
export const noDue = (row) => (row.due_at ? { due_at: null } : { due_on: null });

/** A due in full: the day, the time on the clock of its zone, and here where that is another one. */
export function wholeDueText(row, place) {
  const zone = zoneOfDue(row, place.zone);
  const { day, time: wall } = partsOfDue(row, place.zone);
  const time = wall && wallText(wall, place.locale);
  if (!day) return "";
  const words = [dayText(day, place.today, place), time].filter(Boolean).join(" ");
  const here = time ? timeText(Date.parse(row.due_at), place) : "";
  if (!time || zone === place.zone) return row.floating && time ? `${words} · ${place.t("floating")}` : words;
  const city = zone.split("/").at(-1)?.replaceAll("_", " ");
  return place.t("due_elsewhere", { words, city, here: here === time ? "" : here });
}
