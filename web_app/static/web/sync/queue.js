// @ts-check
// My changes that wait, in the order in which they were made. Changes of one task go out one after the other.

/** @typedef {import("../store/fold.js").Mutation} Mutation */

/** Calls that run at the same time. */
export const MOST_AT_ONCE = 4;
/** Changes that wait before they go out in one call, and how many one call takes. */
const MOST_ALONE = 20;
const MOST_TOGETHER = 500;
/** The server knows keys for 24 hours. */
const UNSURE_AFTER_MS = 23 * 3_600_000;

export class Queue {
  constructor() {
    /** @type {Map<string, Mutation>} by key */
    this.mutations = new Map();
    /** @type {Set<string>} keys of changes that are being sent */
    this.running = new Set();
    /** @type {Map<string, number>} when a change may be sent again */
    this.notBefore = new Map();
    this.isBulkRunning = false;
    this.lastSeq = 0;
  }

  /** Add a change, or change one that is there. @param {Mutation} mutation */
  put(mutation) {
    this.lastSeq = Math.max(this.lastSeq, mutation.seq);
    this.mutations.set(mutation.key, mutation);
  }

  /** @param {string} key @returns {Mutation | undefined} what was taken out */
  remove(key) {
    const found = this.mutations.get(key);
    this.mutations.delete(key);
    this.running.delete(key);
    this.notBefore.delete(key);
    return found;
  }

  /** Return a place in the order that is behind all others, also if this device's clock was set back. @param {number} wanted @returns {number} */
  nextSeq(wanted) {
    this.lastSeq = Math.max(wanted, this.lastSeq + 1);
    return this.lastSeq;
  }

  /** Return the changes that may be sent now, of each task the first. @param {number} now @returns {Mutation[]} */
  ready(now) {
    const seen = new Set([...this.running].map((key) => this.mutations.get(key)?.task));
    const found = [];
    for (const mutation of this.inOrder()) {
      const { task } = mutation;
      if (seen.has(task)) continue;
      seen.add(task); // later changes of this task wait for this one, whether or not it goes out now
      const isFirst = typeof task === "number" || isMaking(mutation);
      if (isFirst && mutation.state !== "blocked" && (this.notBefore.get(mutation.key) ?? 0) <= now) found.push(mutation);
    }
    return found;
  }

  /** Return what goes out now: many changes in one call, or a few in calls of their own. @param {number} now @returns {{together: Mutation[], alone: Mutation[]}} */
  sendable(now) {
    const ready = this.ready(now);
    const fitting = ready.filter(mayGoTogether);
    const isMany = fitting.length > MOST_ALONE;
    const together = fitting.filter(({ way }) => isMany || way === "bulk").slice(0, MOST_TOGETHER);
    const alone = this.oneMaking(ready.filter((each) => each.way !== "bulk" && !together.includes(each)));
    return { together: this.isBulkRunning ? [] : together, alone: isMany ? [] : alone.slice(0, Math.max(0, MOST_AT_ONCE - this.running.size)) };
  }

  /** Tasks are made one after the other: the server has them in the order in which they were written. @param {Mutation[]} changes @returns {Mutation[]} */
  oneMaking(changes) {
    const isMakingNow = [...this.running].some((key) => isMaking(this.mutations.get(key)));
    const next = isMakingNow ? null : changes.find(isMaking);
    return changes.filter((each) => each === next || !isMaking(each));
  }

  /** Return when the next change may be sent that may not be sent yet; Infinity if none waits for a moment. */
  nextMoment() {
    return Math.min(Infinity, ...this.notBefore.values());
  }

  /** @returns {Mutation[]} */
  inOrder() {
    return [...this.mutations.values()].sort((one, other) => one.seq - other.seq);
  }

  /** Give later changes of a task that was made here its id. @param {string} local @param {number} id @returns {Mutation[]} */
  adopt(local, id) {
    const changed = [...this.mutations.values()].filter((each) => each.task === local);
    for (const mutation of changed) mutation.task = id;
    return changed;
  }

  /** A change of mine made `version`: later changes of the same task were made on top of it. @param {Mutation} done @param {number} version @returns {Mutation[]} */
  rebase(done, version) {
    const changed = [...this.mutations.values()].filter((each) => each.task === done.task && each.key !== done.key);
    for (const mutation of changed) {
      if (mutation.base_version !== undefined && version > mutation.base_version) mutation.base_version = version;
      if (mutation.op === "undo" && mutation.args.of === done.key) mutation.args.version = version;
    }
    return changed;
  }

  /** @returns {{waiting: number, blocked: number}} */
  counts() {
    let blocked = 0;
    for (const { state } of this.mutations.values()) if (state === "blocked") blocked += 1;
    return { waiting: this.mutations.size - blocked, blocked };
  }
}

/** Whether nobody can tell any more if a change was carried out: the history that would is gone, and so may be its key. @param {Mutation} mutation @param {number} now */
export function isUnsure({ state, attempts, first_sent_at }, now) {
  return state !== "blocked" && attempts > 0 && now - (first_sent_at ?? 0) > UNSURE_AFTER_MS;
}

const isMaking = (mutation) => mutation?.op === "create" || mutation?.op === "quick";

/** What a call for many takes. */
const TOGETHER = new Set(["create", "update", "complete", "reopen", "delete", "restore", "undo"]);

/** A change that was sent in one way may be repeated in that way only: keys of calls and names of operations are two lists. @param {Mutation} mutation */
function mayGoTogether({ op, way, attempts }) {
  return TOGETHER.has(op) && (way === "bulk" || (way === undefined && !attempts));
}

/**
 * Return the queued change that takes in a new one while neither has been sent, or null: typing ten letters is one change.
 * @param {Mutation[]} pending of the same task @param {Mutation} mutation @returns {Mutation | null}
 */
export function absorb(pending, mutation) {
  const last = pending.at(-1);
  if (mutation.op !== "update" || mutation.scope || !last || last.scope || last.attempts || last.state !== "queued") return null;
  if (last.op !== "update" && last.op !== "create") return null;
  const base = last.op === "update" ? { ...mutation.base, ...last.base } : last.base;
  return { ...last, fields: { ...last.fields, ...mutation.fields }, shown: { ...last.shown, ...mutation.shown }, base };
}
