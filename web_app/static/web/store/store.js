// @ts-check
// All tasks that this device holds, as the server confirmed them and as they are shown, and the list on the screen.
import { dayAt, dueOf } from "../time/days.js";
import { fold } from "./fold.js";
import { Counts, SortedRows } from "./indexes.js";
import { sectionsOf } from "./views.js";

/** Rows that keep the names which they had before the server knew them, also after a restart. */
const MOST_ADOPTED = 500;

/** @typedef {import("./fold.js").Task} Task */
/** @typedef {import("./fold.js").Mutation} Mutation */

export class Store extends EventTarget {
  constructor({ zone, now = Date.now }) {
    super();
    this.zone = zone;
    this.now = now;
    /** @type {Map<number, Task>} as the server last confirmed them */
    this.confirmed = new Map();
    /** @type {Map<number, number>} versions of tasks that are gone: an older frame must not bring them back */
    this.gone = new Map();
    /** @type {Map<number | string, Mutation[]>} my changes that wait, by task */
    this.pending = new Map();
    /** @type {Map<string, any>} what is shown, by the key of its row */
    this.shown = new Map();
    /** @type {Map<number, string>} tasks that were made here keep the key of their row */
    this.rowKeys = new Map();
    this.counts = new Counts();
    /** @type {Set<number>} what has been taken in while loading */
    this.loaded = new Set();
    /** @type {{view: string, name: string, sections: Array<{id: string, folded: boolean, list: SortedRows}>}} */
    this.open = { view: "", name: "", sections: [] };
    this.isAnnouncing = false;
  }

  /** @returns {import("./views.js").Moment} */
  moment() {
    const now = this.now();
    return { now, today: dayAt(now, this.zone), zone: this.zone };
  }

  /** The key of a task's row. @param {number | string} task its id, or its local id @returns {string} */
  keyOf(task) {
    return this.rowKeys.get(/** @type {number} */ (task)) ?? String(task);
  }

  /** The id of a task that was made here, if the server has given it one. @param {number | string} task its id, or its local id @returns {number | string} */
  idOf(task) {
    if (typeof task === "number") return task;
    for (const [id, key] of this.rowKeys) if (key === task) return id;
    return task;
  }

  /** Replace everything. @param {Task[]} tasks @param {Mutation[]} mutations @param {Array<[number, string]>} [adopted] */
  reset(tasks, mutations, adopted = []) {
    for (const [id, key] of adopted) this.rowKeys.set(id, key);
    this.confirmed = new Map(tasks.map((task) => [Number(task.id), task]));
    this.gone.clear();
    this.pending.clear();
    for (const mutation of mutations) this.pendingOf(mutation.task).push(mutation);
    this.shown.clear();
    for (const id of this.confirmed.keys()) this.fill(id);
    for (const task of this.pending.keys()) if (typeof task === "string") this.fill(task);
    this.recount();
    this.show(this.open.view, this.open.name);
  }

  /** Take in a part of what is kept, behind the list that is on the screen. @param {Task[]} tasks */
  load(tasks) {
    for (const task of tasks) {
      this.confirmed.set(Number(task.id), task);
      this.loaded.add(Number(task.id));
      this.fill(Number(task.id));
    }
  }

  /** All parts are here: what was shown before and is in none of them is gone. */
  finishLoading() {
    for (const id of this.confirmed.keys()) {
      if (this.loaded.has(id)) continue;
      this.confirmed.delete(id);
      this.fill(id);
    }
    this.loaded.clear();
    this.recount();
    this.show(this.open.view, this.open.name);
  }

  /** Return the first tasks of the open list, as the server has them. @param {number} most @returns {Task[]} */
  firstRows(most) {
    const rows = this.open.sections.flatMap(({ folded, list }) => (folded ? [] : list.rows.slice(0, most))).slice(0, most);
    return rows.map(({ id }) => this.confirmed.get(id)).filter((task) => task !== undefined);
  }

  /** Return which tasks have rows of other names, the last ones. @returns {Array<[number, string]>} */
  adopted() {
    return [...this.rowKeys].slice(-MOST_ADOPTED);
  }

  /** Take what the server says about a task, if it is newer than what we have. Return whether it was. @param {Task} task */
  confirm(task) {
    const id = Number(task.id);
    if ((this.confirmed.get(id)?.version ?? -1) >= task.version || (this.gone.get(id) ?? -1) >= task.version) return false;
    this.confirmed.set(id, task);
    this.refold(id);
    return true;
  }

  /** The server has this task no longer, unless we know of a newer version. Return whether that was news. @param {number} id @param {number} [version] @returns {boolean} */
  remove(id, version = this.confirmed.get(id)?.version ?? 0) {
    if ((this.confirmed.get(id)?.version ?? -1) > version || (this.gone.get(id) ?? -1) >= version) return false;
    this.gone.set(id, version);
    this.confirmed.delete(id);
    this.refold(id);
    return true;
  }

  /** Show a change of mine at once. @param {Mutation} mutation */
  add(mutation) {
    this.pendingOf(mutation.task).push(mutation);
    this.refold(mutation.task);
  }

  /** A change of mine is confirmed or given up. @param {string} key @returns {Mutation | undefined} */
  settle(key) {
    for (const [task, mutations] of this.pending) {
      const at = mutations.findIndex((each) => each.key === key);
      if (at < 0) continue;
      const [settled] = mutations.splice(at, 1);
      if (!mutations.length) this.pending.delete(task);
      this.refold(task);
      return settled;
    }
    return undefined;
  }

  /** A task that was made here has got its id: its row and the changes that wait for it stay. @param {string} local @param {number} id @param {Task | null} task null where it is gone already */
  adopt(local, id, task) {
    this.rowKeys.set(id, local);
    const waiting = this.pending.get(local) ?? [];
    this.pending.delete(local);
    for (const mutation of waiting) mutation.task = id;
    if (waiting.length) this.pending.set(id, [...waiting, ...(this.pending.get(id) ?? [])]);
    if (!task || !this.confirm(task)) this.refold(id);
  }

  pendingOf(task) {
    const found = this.pending.get(task);
    if (found) return found;
    /** @type {Mutation[]} */
    const made = [];
    this.pending.set(task, made);
    return made;
  }

  /** Compute again what is shown of one task. @param {number | string} task */
  refold(task) {
    const key = this.keyOf(task);
    const before = this.shown.get(key) ?? null;
    const after = this.fill(task);
    this.counts.add(before, -1);
    this.counts.add(after, 1);
    for (const { list } of this.open.sections) list.update(key, after);
    this.announce();
  }

  fill(task) {
    const key = this.keyOf(task);
    const folded = fold(this.confirmed.get(/** @type {number} */ (task)) ?? null, this.pending.get(task) ?? []);
    const row = folded && { ...folded, key, due: dueOf(folded, this.zone) }; // read once: every list asks for it
    if (row) this.shown.set(key, row);
    else this.shown.delete(key);
    return row;
  }

  recount() {
    this.counts.clear();
    for (const task of this.shown.values()) this.counts.add(task, 1);
  }

  /** Make a view the one on the screen, sorted for this moment. @param {string} view @param {string} [name] */
  show(view, name = "") {
    const sections = view ? sectionsOf(view, name, this.moment()) : [];
    this.open = {
      view, name,
      sections: sections.map(({ id, includes, rank, folded = false }) => ({ id, folded, list: new SortedRows(includes, rank) })),
    };
    for (const { list } of this.open.sections) list.rebuild(this.shown.values());
    this.announce();
  }

  /** Tell listeners once for all changes of this turn. */
  announce() {
    if (this.isAnnouncing) return;
    this.isAnnouncing = true;
    queueMicrotask(() => {
      this.isAnnouncing = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
