// @ts-check
// What is shown of a task: what the server last confirmed, with my own changes that wait applied in order.

/**
 * @typedef {Record<string, any> & {id: number | string}} Task
 * @typedef {{seq: number, key: string, op: string, task: number | string, fields?: Record<string, any>, shown?: Record<string, any>, args?: any,
 *   base?: Record<string, any>, base_version?: number, made_at: number, state: "queued" | "sent" | "blocked",
 *   scope?: "future" | "all", reminder?: any, notes?: any[], attempts: number, first_sent_at?: number, way?: "single" | "bulk", met?: Record<string, number>, last_error?: any}} Mutation
 */

/** Fields that a task has before the server has completed it. */
const EMPTY = {
  version: 0, title: "", description: "", priority: "medium", tags: [], completed: false, status: "pending",
  completed_at: null, due_at: null, due_on: null, time_zone: null, floating: false, reminders: [], recurrence: null, series_id: null,
};

/**
 * Return the task as it is shown, or null if it is not. Neither argument is changed.
 * @param {Task | null} confirmed @param {Mutation[]} pending @returns {Task | null}
 */
export function fold(confirmed, pending) {
  let task = confirmed;
  for (const mutation of pending) task = applyMutation(task, mutation);
  if (!task || !pending.length) return task;
  const blocked = pending.some((each) => each.state === "blocked");
  return { ...task, sync: blocked ? "blocked" : "waiting", reading: pending.some((each) => each.op === "quick") };
}

/** @type {Record<string, (task: Task, mutation: Mutation) => Task | null>} */
const EFFECTS = {
  update: (task, { fields, shown }) => ({ ...task, ...shownFields(fields), ...shown }),
  complete: (task, { made_at }) => ({ ...task, completed: true, status: "completed", completed_at: isoTime(made_at) }),
  reopen: (task) => ({ ...task, completed: false, status: "pending", completed_at: null }),
  delete: () => null,
  skip: () => null,
  detach: (task) => ({ ...task, recurrence: null, series_id: null, occurrence: null }),
  undo: (task, { args }) => (args.inverse ? applyMutation(task, args.inverse) : task),
};

/** What becomes of the reminders of a task. @type {Record<string, (all: any[], mutation: Mutation) => any[]>} */
const OF_REMINDERS = {
  add_reminder: (all, { key, reminder }) => [...all, { id: key, ...reminder }],
  change_reminder: (all, { args, reminder }) => all.map((each) => (each.id === args.id ? { ...each, ...reminder } : each)),
  snooze_reminder: (all, mutation) => OF_REMINDERS.change_reminder(all, mutation),
  remove_reminder: (all, { args }) => all.filter(({ id }) => id !== args.id),
};

function withReminders(task, reminders) {
  const next = reminders.filter(({ status, fire_at: at }) => status === "pending" && at).sort((one, other) => Date.parse(one.fire_at) - Date.parse(other.fire_at));
  return { ...task, reminders, reminder_at: next[0]?.fire_at ?? null };
}

/** @param {Task | null} task @param {Mutation} mutation @returns {Task | null} */
export function applyMutation(task, mutation) {
  // What the server refused is shown as the server has it; the text of the refused change is in the outbox.
  if (mutation.state === "blocked" && mutation.op !== "create" && mutation.op !== "quick") return task;
  if (mutation.op === "create" || mutation.op === "quick") return task ?? created(mutation);
  if (mutation.op === "restore" || (mutation.op === "undo" && !task)) return task ?? mutation.args?.task ?? null;
  const ofReminders = OF_REMINDERS[mutation.op];
  if (task && ofReminders) return withReminders(task, ofReminders(task.reminders ?? [], mutation));
  const effect = EFFECTS[mutation.op];
  return task && effect ? effect(task, mutation) : task;
}

function created({ task, fields, shown, made_at }) {
  return { ...EMPTY, created_at: isoTime(made_at), updated_at: isoTime(made_at), ...shownFields(fields), ...shown, id: task };
}

/** @param {Record<string, any>} [fields] @returns {Record<string, any>} the fields as a task of the server has them */
function shownFields(fields = {}) {
  const { recurrence, ...others } = fields;
  if (!("recurrence" in fields)) return others;
  return { ...others, recurrence: recurrence && { text: "", ...(typeof recurrence === "string" ? { rule: recurrence } : recurrence) } };
}

function isoTime(instant) {
  return new Date(instant).toISOString();
}
