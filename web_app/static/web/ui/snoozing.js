// @ts-check
// Have a reminder come again: so many minutes from now, or at a time on the clock.
import { addDays } from "../time/days.js";
import { timeText } from "../time/format.js";
import { callOrSay } from "./direct.js";
import { changeReminder } from "./task-changes.js";

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

/** Snooze, say until when, and have what it notified of be read. It can be taken back. @param {any} app @param {{reminder_id: number, task_id: number}} reminder @param {any} given `minutes` from now, or `until` when @returns {Promise<boolean>} */
export async function snooze(app, { reminder_id: id, task_id: task }, given) {
  const { place, store, actions, notifications } = app;
  const row = store.shown.get(store.keyOf(task));
  if (!row?.reminders.some((/** @type {any} */ each) => each.id === id)) return snoozeThere(app, id, given);
  const { minutes, until } = given;
  const fires = new Date(minutes ? store.now() + minutes * 60_000 : actions.shownDue({ due_at: until })?.due_at ?? until);
  changeReminder(app, row, { op: "snooze_reminder", args: { id, until: fires.toISOString() }, reminder: { fire_at: fires.toISOString(), status: "pending", reason: null, late: false } }, { label: "snoozed", time: timeText(fires.getTime(), place) });
  notifications.readReminder(id);
  return true;
}

/** Snooze a reminder of a task that this device does not keep. @param {any} app @param {number} id @param {any} given @returns {Promise<boolean>} */
async function snoozeThere(app, id, given) {
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
