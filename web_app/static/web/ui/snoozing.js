// @ts-check
// Have a reminder come again: so many minutes from now, or at a time on the clock.
import { addDays } from "../time/days.js";
import { timeText } from "../time/format.js";
import { callOrSay } from "./direct.js";

const EVENING = "18:00";
const MORNING = "09:00";

/** What is offered; this evening only as long as it lies ahead. @param {{today: string, now: number, zone: string, locale: string, t: any}} place */
export function snoozeTimes(place) {
  const hour = timeText(place.now, place);
  return [
    { id: "snooze_10", given: { minutes: 10 } },
    { id: "snooze_60", given: { minutes: 60 } },
    ...(hour < EVENING ? [{ id: "snooze_evening", given: { until: `${place.today}T${EVENING}` } }] : []),
    { id: "snooze_morning", given: { until: `${addDays(place.today, 1)}T${MORNING}` } },
  ];
}

/** Snooze on the server, say until when, and tell the screens. @param {any} app @param {{reminder_id: number, title: string}} reminder @param {{minutes: number} | {until: string}} given @returns {Promise<boolean>} */
export async function snooze(app, { reminder_id: id }, given) {
  const answer = await callOrSay(app, "POST", `/api/reminders/${id}/snooze/`, { body: given, headers: { "Idempotency-Key": crypto.randomUUID() } });
  if (answer?.status !== 200) return false;
  const { place, t, toasts, announcer, notifications } = app;
  const text = t("snoozed", { time: timeText(Date.parse(answer.body.fire_at), place), title: answer.body.title });
  toasts.show(text);
  announcer.say(text);
  notifications.readReminder(id);
  app.dispatchEvent(new Event("reminders"));
  return true;
}
