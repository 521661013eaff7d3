// @ts-check
// Have a reminder come again: so many minutes from now, or at a time on the clock.
import { addDays } from "../time/days.js";
import { timeText } from "../time/format.js";
import { instantToWall } from "../time/zones.js";
import { callOrSay } from "./direct.js";
import { changeReminder } from "./task-changes.js";

const EVENING = "18:00";
const MORNING = "09:00";

/** What is offered; this evening only as long as it lies ahead. */
export function snoozeTimes(place) {
  const { hour } = instantToWall(place.now, place.zone);
  return [
    { id: "snooze_10", given: { minutes: 10 } },
    { id: "snooze_60", given: { minutes: 60 } },
    ...(hour < Number.parseInt(EVENING, 10) ? [{ id: "snooze_evening", given: { until: `${place.today}T${EVENING}` } }] : []),
    { id: "snooze_morning", given: { until: `${addDays(place.today, 1)}T${MORNING}` } },
  ];
}

/** Snooze, say until when, and have what it notified of be read. It can be taken back. @param {any} given `minutes` from now, or `until` when */
export async function snooze(app, { reminder_id: id, task_id: task }, { minutes, until }) {
  const { place, store, actions, notifications } = app;
  const row = store.shown.get(store.keyOf(task));
  const fires = Date.parse(actions.shownDue({ due_at: until })?.due_at ?? until ?? "") || store.now() + minutes * 60_000;
  const args = { id, until: new Date(fires).toISOString() };
  // Of a task that this device does not keep, the server says why not.
  if (!row) return void callOrSay(app, "POST", `/api/reminders/${id}/snooze/`, { body: { until: args.until } });
  const reminder = { fire_at: args.until, status: "pending", reason: null, late: false };
  changeReminder(app, row, { op: "snooze_reminder", args, reminder }, { label: "snoozed", time: timeText(fires, place) });
  return notifications.readReminder(id);
}
