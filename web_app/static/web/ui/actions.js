// @ts-check
// What a person does to tasks: each becomes a mutation, is shown at once, is said, and can be taken back and done again.
import { UndoSteps, inverseOf, valuesOf } from "../store/undo.js";
import { wallToInstant } from "../time/zones.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */
/** @typedef {{key: string, task: number | string, given: any, inverse: any, snapshot: any}} Done */

let count = 0;
/** A number that grows with every change of every tab. */
const nextSeq = () => Date.now() * 1000 + ((count += 1) % 1000);

export class Actions {
  constructor({ store, engine, toasts, announcer, t }) {
    this.store = store;
    this.engine = engine;
    this.toasts = toasts;
    this.announcer = announcer;
    this.t = t;
    this.steps = new UndoSteps();
    /** @type {any[]} steps that were taken back, the last one at the end */
    this.undone = [];
  }

  /** Add a task and return its local id: from a line and, if the server has read exactly this line already, what it read. @param {string} text @param {{without: any[]}} options */
  add(text, reading, { without }) {
    const task = `new:${crypto.randomUUID()}`;
    const fields = reading?.fields;
    const args = { text, at: new Date(this.store.now()).toISOString(), time_zone: this.store.zone, ...(without.length ? { without } : {}) };
    const given = fields ? { op: "create", fields, shown: this.shownDue(fields) } : { op: "quick", fields: { title: text }, args };
    this.act([{ given: { ...given, task }, before: null }], { label: "toast_added", title: fields?.title ?? text, isQuiet: true });
    return task;
  }

  toggle(row) {
    this.complete([row], { done: !row.completed });
  }

  /** Complete rows, or open them again; those that are so already stay as they are. @param {{done?: boolean}} [options] */
  complete(rows, { done = true } = {}) {
    const changes = rows.filter((row) => Boolean(row.completed) !== done).map((row) => ({ given: { op: done ? "complete" : "reopen", task: row.id }, before: row }));
    this.act(changes, { label: done ? "toast_done" : "toast_reopened" });
  }

  change(row, fields) {
    this.changeAll([row], () => fields);
  }

  /** Change fields of rows; those that have them so already stay as they are. @param {(row: any) => Record<string, any>} fieldsOf */
  changeAll(rows, fieldsOf) {
    const changes = [];
    for (const row of rows) {
      const fields = fieldsOf(row);
      const names = Object.keys(fields);
      if (names.every((name) => JSON.stringify(row[name]) === JSON.stringify(fields[name]))) continue;
      changes.push({ given: { op: "update", task: row.id, fields, shown: this.shownDue(fields), base: valuesOf(row, names) }, before: row });
    }
    this.act(changes, { label: "toast_changed", title: changes[0]?.given.fields.title });
  }

  remove(row) {
    this.removeAll([row]);
  }

  removeAll(rows) {
    this.act(rows.map((row) => ({ given: { op: "delete", task: row.id, base_version: row.version || undefined }, before: row })), { label: "toast_deleted" });
  }

  /** Carry out one or more changes as one step. @param {Array<{given: any, before: any}>} changes @param {{label: string, title?: string, time?: string, isQuiet?: boolean}} about */
  act(changes, { label, title, time, isQuiet = false }) {
    if (!changes.length) return;
    this.undone = [];
    const step = this.carryOut(changes);
    const named = title ?? changes[0].before?.title ?? "";
    const text = changes.length > 1 ? this.t(`${label}_many`, { count: changes.length }) : this.t(label, { title: named, time });
    this.announcer.say(text);
    if (isQuiet) return;
    step.toast = this.toasts.show(text, { label: this.t("undo"), run: () => this.undo(step.key) });
  }

  /** @param {Array<{given: any, before: any}>} changes @returns {any} the step that takes all of them back */
  carryOut(changes) {
    const group = changes.length > 1 ? { group: crypto.randomUUID() } : {};
    const mutations = changes.map(({ given }) => this.mutation({ ...given, ...group }));
    const [{ key, task }] = mutations;
    /** @type {any} it can be taken back from now on, whatever the disk still writes */
    const step = { key, task, label: "", inverse: null, snapshot: null, parts: [] };
    step.ready = Promise.all(mutations.map(async (mutation, at) => {
      const { given, before } = changes[at];
      const made = await this.engine.act(mutation);
      return { key: made.key, task: made.task, given, inverse: shownInverse(mutation, before), snapshot: before };
    })).then((parts) => { step.parts = parts; });
    this.steps.push(step);
    return step;
  }

  /** Take back the last step of this tab, or the one with this key. @param {string} [key] */
  undo(key) {
    const step = /** @type {any} */ (this.steps.take(key));
    if (!step) return this.toasts.show(this.t("toast_nothing"));
    this.toasts.close(step.toast);
    void step.ready.then(() => { for (const part of [...step.parts].reverse()) this.takeBack(part); });
    this.undone.push(step);
    return this.saySmall(this.t("toast_undone"));
  }

  takeBack(part) {
    if (this.engine.withdraw(part.key)) return this.forget(part.key);
    const version = this.engine.versions.get(part.key);
    if (version && version === part.given.base_version) return undefined; // all was so already
    const args = { of: part.key, version, inverse: part.inverse, task: part.snapshot };
    return void this.engine.act(this.mutation({ op: "undo", task: this.store.idOf(part.task), args }));
  }

  /** A change that took in later ones went with them: there is nothing of it to take back any more. @param {string} key */
  forget(key) {
    this.steps.steps = this.steps.steps.filter(({ parts }) => !parts.some((part) => part.key === key));
  }

  /** Do again what was taken back last. */
  redo() {
    const step = this.undone.pop();
    if (!step) return this.toasts.show(this.t("toast_nothing_again"));
    const changes = step.parts.map(({ given, task }) => this.again(given, this.store.idOf(task))).filter(Boolean);
    if (changes.length) this.carryOut(changes);
    return this.saySmall(this.t("toast_again"));
  }

  /** The same change on top of what is shown by now; null if its task is gone. @param {number | string} task */
  again(given, task) {
    if (given.op === "create" || given.op === "quick") return { given: { ...given, task: `new:${crypto.randomUUID()}` }, before: null };
    const row = this.store.shown.get(this.store.keyOf(task));
    if (!row) return null;
    const base = given.fields ? { base: valuesOf(row, Object.keys(given.fields)) } : {};
    return { given: { ...given, ...base, task: row.id, ...(given.op === "delete" || given.base_version ? { base_version: row.version } : {}) }, before: row };
  }

  saySmall(text) {
    this.announcer.say(text);
    this.toasts.show(text);
  }

  mutation(given) {
    return { seq: nextSeq(), key: crypto.randomUUID(), made_at: this.store.now(), state: "queued", attempts: 0, ...given };
  }

  /** A due that is said as a wall time, as the instant by which lists sort it. @param {Record<string, any>} fields */
  shownDue(fields) {
    if ("due_on" in fields && !fields.due_at) return { due_at: null };
    const wall = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(fields.due_at ?? "")?.slice(1).map(Number);
    if (!wall) return undefined;
    const [year, month, day, hour, minute] = wall;
    const instant = wallToInstant({ year, month, day, hour, minute, second: 0 }, fields.time_zone ?? this.store.zone);
    return { due_at: new Date(instant).toISOString(), due_on: null };
  }
}

/** The opposite of a mutation, with the values by which lists sort. @param {Mutation} mutation */
function shownInverse(mutation, before) {
  const inverse = inverseOf(mutation, before);
  return inverse && mutation.shown && before ? { ...inverse, shown: valuesOf(before, Object.keys(mutation.shown)) } : inverse;
}
