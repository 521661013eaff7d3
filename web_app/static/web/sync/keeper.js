// @ts-check
// Keeps on the disk what this tab knows of the server. Only the leading tab writes; the others remember what they heard
// of, so that the next one to lead can write what the last one had no time for.

const FLUSH_MS = 200;
/** Rows that the next start shows before it has read all tasks. */
const FIRST_ROWS = 60;

export class Keeper {
  constructor(engine) {
    this.engine = engine;
    this.begin();
  }

  /** The disk has all that this tab knows. */
  begin() {
    /** @type {Set<number>} tasks that may be other ones on the disk */
    this.ids = new Set();
    /** @type {Set<string>} keys of changes that are confirmed and may still wait on the disk */
    this.settled = new Set();
  }

  soon() {
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Once all that this turn brings is here. */
  now() {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => void this.flush());
  }

  /** Write what has changed and how far we are, in one transaction. Return whether tasks are kept on this disk. @param {{isLast?: boolean}} [options] @returns {Promise<boolean>} */
  async flush({ isLast = false } = {}) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isDue = false;
    const { tabs, disk, store } = this.engine;
    if (!tabs.isLeader && !isLast) return false;
    const { ids, settled } = this;
    this.begin();
    return disk.writeTasks({ ids, tasks: store.confirmed, meta: this.meta(), settled: [...settled] });
  }

  /** Write all tasks in place of what was kept. @returns {Promise<boolean>} */
  async replace() {
    this.begin();
    return this.engine.disk.replaceTasks(this.engine.store.confirmed, this.meta());
  }

  /** What is true of the tasks that are kept. */
  meta() {
    const { place, store } = this.engine;
    return { place, first_window: store.firstRows(FIRST_ROWS), adopted: store.adopted() };
  }
}
