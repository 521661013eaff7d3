// @ts-check
// How long before or after its due a reminder comes. Days and weeks are of the calendar, hours and minutes exact; on a
// whole day all of it counts on the clock, from midnight: the rules of the server.
import { addDays } from "./days.js";
import { instantToWall, wallToInstant } from "./zones.js";

/** @typedef {{sign: 1 | -1, days: number, minutes: number}} Offset */

const ISO = /^([+-]?)P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/** Return an offset as the server writes it in numbers; null for another text. */
export function parseOffset(text) {
  const found = ISO.exec(text);
  if (!found) return null;
  const [weeks, days, hours, minutes, seconds] = found.slice(2).map((part) => Number(part ?? 0));
  return { sign: found[1] === "-" ? -1 : 1, days: weeks * 7 + days, minutes: hours * 60 + minutes + seconds / 60 };
}

export function isoOffset({ sign, days, minutes }) {
  const hours = Math.floor(minutes / 60);
  const time = minutes ? `T${hours ? `${hours}H` : ""}${minutes % 60 ? `${minutes % 60}M` : ""}` : "";
  if (!days && !minutes) return "PT0S";
  return `${sign < 0 && (days || minutes) ? "-" : ""}P${days || !time ? `${days}D` : ""}${time}`;
}

/** Return when a reminder comes, NaN where its task has no due. @param {string} zone whose clock the due is on */
export function instantOf(task, { sign, days, minutes }, zone) {
  if (task.due_on) return wallToInstant(wallOf(addDays(task.due_on, sign * days), sign * minutes), zone);
  if (!task.due_at) return NaN;
  const due = Date.parse(task.due_at);
  const { year, month, day, ...time } = instantToWall(due, zone);
  const moved = addDays(`${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`, sign * days);
  return (days ? wallToInstant({ ...wallOf(moved, 0), ...time }, zone) : due) + sign * minutes * 60_000;
}

/** @param {number} minutes from its midnight on, on the clock */
function wallOf(day, minutes) {
  const at = new Date(Date.parse(`${day}T00:00:00Z`) + minutes * 60_000);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: 0 };
}
