// @ts-check
// What a change is made on top of, by which it is known later what somebody else changed meanwhile.

/** Fields that are one thing to a person. */
export const GROUPS = [
  { name: "due", fields: ["due_on", "due_at", "time_zone", "floating", "recurrence"] },
  { name: "title", fields: ["title"] },
  { name: "description", fields: ["description"] },
];

/**
 * Return what a change is made on top of: the values of the fields that it sets, and of those that are one thing with them.
 * @param {Record<string, any>} fields @param {any} task as it was shown @returns {Record<string, any>}
 */
export function baseOf(fields, task) {
  const touched = GROUPS.filter((group) => group.fields.some((name) => name in fields)).flatMap((group) => group.fields);
  return Object.fromEntries([...new Set([...Object.keys(fields), ...touched])].map((name) => [name, task[name] ?? null]));
}

/** Return what a new change is made on top of: what is shown, where it does not say so itself. @param {import("../store/fold.js").Mutation} mutation @param {import("../store/store.js").Store} store */
export function baseOfChange({ op, task, fields, base }, store) {
  const shown = op === "update" && store.shown.get(store.keyOf(task));
  return shown ? { base: { ...baseOf(fields ?? {}, shown), ...base } } : {};
}
