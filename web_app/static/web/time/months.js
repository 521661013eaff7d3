// @ts-check
// Months as texts ("2026-12") and their weeks, beginning on the day that the account has chosen.
import { addDays, weekday } from "./days.js";

const WEEKDAYS = ["su", "mo", "tu", "we", "th", "fr", "sa"];
export const FIRST_DAY = "1970-01-01";
export const LAST_DAY = "9999-12-31";

/** The day within what a due may be. */
export const within = (day) => (day.startsWith("+") || day.length > LAST_DAY.length || day > LAST_DAY ? LAST_DAY : day < FIRST_DAY || day.startsWith("-") ? FIRST_DAY : day);

/** Return the number of a weekday as an account names it, 0 for Sunday; Monday for what is none. */
export function weekdayNumber(name) {
  const found = WEEKDAYS.indexOf(String(name).slice(0, 2).toLowerCase());
  return found < 0 ? 1 : found;
}

/** Return the first day of the week of a day. @param {number} start weekday on which weeks begin */
export function startOfWeek(day, start) {
  return addDays(day, -((weekday(day) - start + 7) % 7));
}

/** Return the weeks that a month has a day in, each of seven days. @param {string} month "2026-12" */
export function weeksOf(month, start) {
  const weeks = [];
  for (let day = startOfWeek(`${month}-01`, start); day.slice(0, 7) <= month; day = addDays(day, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, at) => addDays(day, at)));
    if (day > "9999-12-24") break;
  }
  return weeks;
}

/** Return the same day so many months later, or the last of a shorter month. */
export function addMonths(day, count) {
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const two = (number) => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(Math.min(Number(day.slice(8)), last))}`;
}

export function dayName(day, locale, options) {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}
