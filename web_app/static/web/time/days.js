// @ts-check
// Days as texts ("2026-12-31"), which sort and compare as they are, and the bounds of a day in a zone.
import { offsetAt, wallToInstant } from "./zones.js";

const DAY = 86_400_000;

/** Return the day that a zone has at an instant. @param {number} instant @param {string} zone @returns {string} */
export function dayAt(instant, zone) {
  return new Date(instant + offsetAt(instant, zone)).toISOString().slice(0, 10);
}

/** @param {string} day @returns {number} the day's midnight as if it were UTC's */
const asUtc = (day) => Date.parse(`${day}T00:00:00Z`);

/** Return the day that is `count` days later. @param {string} day @param {number} count @returns {string} */
export function addDays(day, count) {
  return new Date(asUtc(day) + count * DAY).toISOString().slice(0, 10);
}

/** Return how many days `to` is after `from`. @param {string} from @param {string} to @returns {number} */
export function daysBetween(from, to) {
  return Math.round((asUtc(to) - asUtc(from)) / DAY);
}

/** Return the weekday, 0 for Sunday. @param {string} day @returns {number} */
export function weekday(day) {
  return new Date(asUtc(day)).getUTCDay();
}

/** Return the first instant of a day, and of the one after. @param {string} day @param {string} zone @returns {[number, number]} */
export function dayBounds(day, zone) {
  return [startOfDay(day, zone), startOfDay(addDays(day, 1), zone)];
}

function startOfDay(day, zone) {
  const [year, month, date] = day.split("-").map(Number);
  return wallToInstant({ year, month, day: date, hour: 0, minute: 0, second: 0 }, zone);
}

/**
 * Return the due of a task as the list sorts it: the day it falls on, and the instant, NaN for a whole day.
 * @param {{due_on?: string | null, due_at?: string | null}} task @param {string} zone
 * @returns {{day: string, instant: number} | null}
 */
export function dueOf(task, zone) {
  if (task.due_on) return { day: task.due_on, instant: NaN };
  if (!task.due_at) return null;
  const instant = Date.parse(task.due_at);
  return { day: dayAt(instant, zone), instant };
}

/** Whether a due has passed: a whole day counts until its end. @param {{day: string, instant: number}} due @param {number} now @param {string} today */
export function isOver(due, now, today) {
  return Number.isNaN(due.instant) ? due.day < today : due.instant < now;
}

/** Return the first instant after `now` at which "today" means another day. @param {number} now @param {string} zone @returns {number} */
export function nextMidnight(now, zone) {
  return dayBounds(dayAt(now, zone), zone)[1];
}
