// @ts-check
// Days and times in words, relative to today: "Today 17:00", "Tomorrow", "Fri", "31 Dec", "2 days ago".
import { dayAt, daysBetween, dueOf, isOver } from "./days.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const cache = new Map();

function formatter(locale, options) {
  const key = locale + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) cache.set(key, (found = new Intl.DateTimeFormat(locale, options)));
  return found;
}

/** How times of the day are written: with 24 hours, or 12. @type {Intl.DateTimeFormatOptions} */
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** @param {string} kind "12", or any other for 24 hours */
export function setClock(kind) {
  Object.assign(clock, kind === "12" ? { hour: "numeric", hourCycle: "h12" } : { hour: "2-digit", hourCycle: "h23" });
}

/** Return a time of the day. @param {number} instant @param {{zone: string, locale: string}} place @returns {string} */
export function timeText(instant, { zone, locale }) {
  return formatter(locale, { ...clock, timeZone: zone }).format(instant);
}

/** Return a time on the clock, such as "17:05", as times are written here. @param {string} time @param {string} locale @returns {string} */
export function wallText(time, locale) {
  return timeText(Date.parse(`1970-01-01T${time}Z`), { zone: "UTC", locale });
}

/** Return a day in words. @param {string} day @param {string} today @param {{locale: string, t: (key: string, values?: object) => string}} place */
export function dayText(day, today, { locale, t }) {
  const distance = daysBetween(today, day);
  if (distance === 0) return t("today");
  if (distance === 1) return t("tomorrow");
  if (distance === -1) return t("yesterday");
  const date = new Date(`${day}T12:00:00Z`);
  if (distance > 1 && distance < 7) return formatter(locale, { weekday: "long", timeZone: "UTC" }).format(date);
  if (distance < -1 && distance > -7) return t("days_ago", { count: -distance });
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: /** @type {const} */ ("numeric") };
  return formatter(locale, { day: "numeric", month: "short", ...year, timeZone: "UTC" }).format(date);
}

/** Return today in words for a heading. @param {string} today @param {string} locale @returns {string} */
export function longDay(today, locale) {
  const options = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  return formatter(locale, options).format(new Date(`${today}T12:00:00Z`));
}

/** Return a day with its weekday, short: "Mon 30 Nov". @param {string} day @param {string} locale @returns {string} */
export function shortDay(day, locale) {
  const options = /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  return formatter(locale, options).format(new Date(`${day}T12:00:00Z`));
}

/** Return when the next reminder comes, short where it is on the day of the due; "" without one to come. @param {{zone: string, today: string, now: number, locale: string, t: any}} place */
export function reminderText(task, place) {
  const instant = task.reminder_at && !task.completed ? Date.parse(task.reminder_at) : NaN;
  if (!(instant > place.now)) return "";
  const time = timeText(instant, place);
  const day = dayAt(instant, place.zone);
  return dueOf(task, place.zone)?.day === day ? time : `${dayText(day, place.today, place)} ${time}`;
}

/**
 * Return what a row says about a task's due: the words, the machine's form, and whether it has passed; null without one.
 * @param {{zone: string, today: string, now: number, locale: string, t: any}} place
 * @param {{omitDay?: boolean}} [options] leave the day out where the heading says it
 */
export function dueText(task, place, { omitDay = false } = {}) {
  const due = dueOf(task, place.zone);
  if (!due) return null;
  const over = !task.completed && isOver(due, place.now, place.today);
  const time = Number.isNaN(due.instant) ? "" : timeText(due.instant, place);
  const day = omitDay ? "" : dayText(due.day, place.today, place);
  return { text: [day, time].filter(Boolean).join(" "), datetime: task.due_on ?? task.due_at, over };
}
