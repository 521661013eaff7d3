// @ts-check
// A reminder in words: how long before or after, at which time of the day, or when; and what became of it.
import { dayAt } from "../time/days.js";
import { dayText, timeText } from "../time/format.js";
import { parseOffset } from "../time/offset-times.js";

const DAY = 1440;

/** @param {any} row of its task */
export function reminderWords(reminder, row, place) {
  const offset = reminder.offset && parseOffset(reminder.offset);
  if (!offset) return momentText(reminder.at ?? reminder.fire_at, place);
  const { t } = place;
  if (row.due_on) return ofDay(offset, place);
  if (!offset.days && !offset.minutes) return t("remind_at_time");
  return t(offset.sign < 0 ? "remind_before" : "remind_after", { length: lengthText(offset, t) });
}

/** Of a whole day all counts from its midnight, so it is a time of that day, or of one before it. */
function ofDay({ sign, days, minutes }, { t, locale }) {
  const all = sign * (days * DAY + minutes);
  const count = Math.floor(all / DAY);
  const time = timeText((all - count * DAY) * 60_000, { zone: "UTC", locale });
  if (!count) return t("remind_that_day", { time });
  return t(count < 0 ? "remind_days_before" : "remind_days_after", { time, count: Math.abs(count) });
}

function lengthText({ days, minutes }, t) {
  const parts = [[Math.floor(days / 7), "weeks"], [days % 7, "days"], [Math.floor(minutes / 60), "hours"], [minutes % 60, "minutes"]];
  return parts.filter(([count]) => count).map(([count, unit]) => t(`length_${unit}`, { count })).join(" ");
}

export function momentText(instant, place) {
  const at = Date.parse(instant);
  return `${dayText(dayAt(at, place.zone), place.today, place)} ${timeText(at, place)}`;
}

/** When it comes, or what became of it. */
export function fateText({ status, fire_at: at, reason, late }, place) {
  const { t, now } = place;
  if (status === "pending") return !at ? t("remind_unsure") : Date.parse(at) > now ? momentText(at, place) : t("remind_being_sent");
  if (status === "fired") return t(late ? "reminded_late" : "reminded", { when: momentText(at, place) });
  return t("remind_cancelled", { why: reason ? t(`reason_${reason}`) : "" });
}
