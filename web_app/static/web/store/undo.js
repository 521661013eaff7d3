// @ts-check
// The last fifty changes of this tab that can be taken back, and those taken back that can be done again.

/** @typedef {{key: string, task: number | string, label: string, inverse: any, snapshot: any}} Step */

const MOST = 50;

export class UndoSteps {
  constructor() {
    /** @type {Step[]} */
    this.steps = [];
  }

  /** Remember a change. @param {Step} step */
  push(step) {
    this.steps.push(step);
    if (this.steps.length > MOST) this.steps.shift();
  }

  /** Return the last change, or the one with this key, and forget it; undefined without one. @param {string} [key] @returns {Step | undefined} */
  take(key) {
    const at = key ? this.steps.findIndex((step) => step.key === key) : this.steps.length - 1;
    return at < 0 ? undefined : this.steps.splice(at, 1)[0];
  }
}

/**
 * Return the change that shows the opposite of a mutation until the server has undone it.
 * @param {import("./fold.js").Mutation} mutation @param {any} before the task as it was shown before
 */
export function inverseOf(mutation, before) {
  const common = { key: "", seq: 0, task: mutation.task, made_at: mutation.made_at, state: "queued", attempts: 0 };
  switch (mutation.op) {
    case "complete": return { ...common, op: "reopen" };
    case "reopen": return { ...common, op: "complete" };
    case "create": case "quick": return { ...common, op: "delete" };
    case "update": return { ...common, op: "update", fields: valuesOf(before, Object.keys(mutation.fields ?? {})) };
    case "detach": return { ...common, op: "update", fields: valuesOf(before, ["recurrence", "series_id", "occurrence"]) };
    case "add_reminder": case "change_reminder": case "snooze_reminder": case "remove_reminder":
      return { ...common, op: "update", fields: valuesOf(before, ["reminders", "reminder_at"]) };
    default: return null;
  }
}

/** @param {string[]} names */
export function valuesOf(task, names) {
  return Object.fromEntries(names.map((name) => [name, task?.[name] ?? null]));
}
