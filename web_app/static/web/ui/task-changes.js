// @ts-check
// What the screen of one task does to it, as changes that are queued, said and can be taken back.

/** @typedef {"future" | "all"} Scope which occurrences besides this one a change is for */

/** Change a text on top of what it was when somebody began to edit it. */
export function changeText(app, row, fields, base) {
  const [name] = Object.keys(fields);
  if (!Object.keys(base).length) return app.actions.change(row, fields);
  if (row[name] === fields[name]) return undefined;
  const before = { ...row, ...base };
  const given = { op: "update", task: row.id, fields, base: { [name]: row[name] ?? null, ...base } };
  return app.actions.act([{ given, before }], { label: "toast_changed", title: fields.title ?? row.title });
}

/** Change fields of an occurrence and of those that come, or of all, on top of what they were when somebody began. */
export function changeFields(app, row, fields, scope, base) {
  const isSame = Object.keys(fields).every((name) => JSON.stringify(row[name]) === JSON.stringify(fields[name]));
  if (!scope && (!base || isSame)) return app.actions.change(row, fields);
  const given = { op: "update", task: row.id, fields, shown: app.actions.shownDue(fields), scope, base, base_version: (scope && row.version) || undefined };
  return app.actions.act([{ given, before: row }], { label: "toast_changed" });
}

/** What comes is made like this one. The task itself stays as it is. */
export function makeAlike(app, row, scope) {
  const { title, description, priority, tags } = row;
  const given = { op: "update", task: row.id, fields: { title, description, priority, tags }, scope, base_version: row.version || undefined };
  app.actions.act([{ given, before: row }], { label: "made_alike" });
}

export function removeTask(app, row, scope) {
  app.actions.act([{ given: { op: "delete", task: row.id, scope, base_version: row.version || undefined }, before: row }], { label: "toast_deleted" });
}

/** Pass over this occurrence: the next one is made. */
export function skipTask(app, row) {
  app.actions.act([{ given: { op: "skip", task: row.id, base_version: row.version || undefined }, before: row }], { label: "toast_skipped" });
}

/** Take it out of its series, which goes on without it. */
export function detachTask(app, row) {
  app.actions.act([{ given: { op: "detach", task: row.id, base_version: row.version || undefined }, before: row }], { label: "toast_detached" });
}

/** Change its reminders: `op` is what is done, `args` what the server is told, `reminder` what is shown until it has answered. @param {any} [about] how it is said */
export function changeReminder(app, row, given, about = { label: "toast_reminders" }) {
  app.actions.act([{ given: { ...given, task: row.id }, before: row }], about);
}

/** Take back the change that made a version. */
export function undoVersion(app, row, version) {
  app.actions.act([{ given: { op: "undo", task: row.id, args: { of: "", version } }, before: row }], { label: "toast_undone_change" });
}

/** @param {any} task as it was */
export function restoreTask(app, id, task) {
  app.actions.act([{ given: { op: "restore", task: id, args: { task } }, before: null }], { label: "toast_restored", title: task?.title });
}
