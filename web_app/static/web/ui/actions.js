// @ts-check
// What a person does to tasks: each becomes a mutation, is shown at once, is said, and can be taken back.
import { UndoSteps, inverseOf, valuesOf } from "../store/undo.js";
import { wallToInstant } from "../time/zones.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */

let count = 0;
/** A number that grows with every change of every tab. */
const nextSeq = () => Date.now() * 1000 + ((count += 1) % 1000);

export class Actions {
  /** @param {{store: any, engine: any, toasts: any, announcer: any, t: import("./i18n.js").Translate}} parts */
  constructor({ store, engine, toasts, announcer, t }) {
    Object.assign(this, { store, engine, toasts, announcer, t });
    this.store = store;
    this.engine = engine;
    this.toasts = toasts;
    this.announcer = announcer;
    this.t = t;
    this.steps = new UndoSteps();
  }

  /** Add a task from a line and, if the server has read exactly this line already, what it read. @param {string} text @param {any} reading @param {{without: any[]}} options */
  add(text, reading, { without }) {
    const task = `new:${crypto.randomUUID()}`;
    const fields = reading?.fields;
    const args = { text, at: new Date().toISOString(), time_zone: this.store.zone, ...(without.length ? { without } : {}) };
    const given = fields ? { op: "create", fields, shown: this.shownDue(fields) } : { op: "quick", fields: { title: text }, args };
    this.act({ ...given, task }, { before: null, label: "toast_added", title: fields?.title ?? text, isQuiet: true });
  }

  /** @param {any} row */
  toggle(row) {
    const op = row.completed ? "reopen" : "complete";
    this.act({ op, task: row.id }, { before: row, label: row.completed ? "toast_reopened" : "toast_done", title: row.title });
  }

  /** @param {any} row @param {Record<string, any>} fields */
  change(row, fields) {
    const names = Object.keys(fields);
    if (names.every((name) => JSON.stringify(row[name]) === JSON.stringify(fields[name]))) return;
    const mutation = { op: "update", task: row.id, fields, shown: this.shownDue(fields), base: valuesOf(row, names) };
    this.act(mutation, { before: row, label: "toast_changed", title: fields.title ?? row.title });
  }

  /** @param {any} row */
  remove(row) {
    this.act({ op: "delete", task: row.id, base_version: row.version || undefined }, { before: row, label: "toast_deleted", title: row.title });
  }

  /** Take back the last change of this tab, or the one with this key. @param {string} [key] */
  undo(key) {
    const step = this.steps.take(key);
    if (!step) return this.toasts.show(this.t("toast_nothing"));
    if (!this.engine.withdraw(step.key)) {
      const args = { of: step.key, version: this.engine.versions.get(step.key), inverse: step.inverse, task: step.snapshot };
      void this.engine.act(this.mutation({ op: "undo", task: this.taskOf(step.task), args }));
    }
    this.announcer.say(this.t("toast_undone"));
    return this.toasts.show(this.t("toast_undone"));
  }

  /** The id of a task that was made here, if the server has given it one. @param {number | string} task */
  taskOf(task) {
    if (typeof task === "number") return task;
    for (const [id, key] of this.store.rowKeys) if (key === task) return id;
    return task;
  }

  /** @param {any} given @param {{before: any, label: string, title: string, isQuiet?: boolean}} about */
  act(given, { before, label, title, isQuiet = false }) {
    const mutation = this.mutation(given);
    void this.engine.act(mutation).then((/** @type {Mutation} */ made) => {
      this.steps.push({ key: made.key, task: made.task, label, inverse: inverseOf(mutation, before), snapshot: before });
    });
    const text = this.t(label, { title });
    this.announcer.say(text);
    if (!isQuiet) this.toasts.show(text, { label: this.t("undo"), run: () => this.undo(mutation.key) });
  }

  /** @param {any} given @returns {Mutation} */
  mutation(given) {
    return { seq: nextSeq(), key: crypto.randomUUID(), made_at: Date.now(), state: "queued", attempts: 0, ...given };
  }

  /** A due that is said as a wall time, as the instant by which lists sort it. @param {Record<string, any>} fields */
  shownDue(fields) {
    if (fields.due_on) return { due_at: null };
    const wall = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(fields.due_at ?? "")?.slice(1).map(Number);
    if (!wall) return undefined;
    const [year, month, day, hour, minute] = wall;
    const instant = wallToInstant({ year, month, day, hour, minute, second: 0 }, fields.time_zone ?? this.store.zone);
    return { due_at: new Date(instant).toISOString(), due_on: null };
  }
}
