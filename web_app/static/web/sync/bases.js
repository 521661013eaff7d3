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
