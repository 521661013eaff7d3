// @ts-check
// What this device keeps of one user: tasks in chunks, changes that wait, drafts. Without IndexedDB, memory alone.
// Nobody who reads or writes has to expect a failure: a full device gives up its tasks first and its changes last.
import { deleteDB } from "../vendor/idb/index.js";
import { deviceChoices } from "./account.js";
import { DraftLocks, letGo } from "./draft_locks.js";
import { CHUNK_BITS, databaseName, openUserDatabase } from "./schema.js";

const RELAXED = /** @type {const} */ ({ durability: "relaxed" });
const STRICT = /** @type {const} */ ({ durability: "strict" });
/** Chunks that are read at a time: between two reads the page answers to its person. */
const CHUNKS_AT_ONCE = 4;
/** What is true of the tasks that are kept, and goes with them. */
const OF_TASKS = ["place", "first_window", "adopted"];

/** "trouble" with `reason`: "full" (no tasks are kept any more), "closed" (nothing is), "replaced" (by a newer build). */
export class Disk extends EventTarget {
  constructor(userId) {
    super();
    this.userId = userId;
    /** @type {any} null where the browser has no database for us */
    this.database = null;
    this.isFull = false;
    this.locks = new DraftLocks(userId);
    /** @type {Map<string, string>} the texts that this tab has open, as they were typed last */
    this.typed = new Map();
  }

  /** Open it. Return whether what is written will still be there after a restart. @returns {Promise<boolean>} */
  async open() {
    const open = () => openUserDatabase(this.userId, { onReplaced: () => this.giveUp("replaced"), onClosed: () => this.giveUp("closed") });
    try {
      this.database = await open().catch(async () => {
        const { replaceDatabase } = await import("./repair.js");
        const database = await replaceDatabase(this.userId, open);
        this.wasReplaced = true;
        return database;
      });
      // Its person asked for it (el/settings-device.js); what waits is sent first.
      if (deviceChoices.keep === "no" && !(await this.database.count("queue"))) await this.destroy();
    } catch {
      this.database = null;
    }
    return Boolean(this.database);
  }

  /** Return what is needed before the first paint. @returns {Promise<{queue: any[], meta: Record<string, any>}>} */
  async readFirst() {
    return this.read({ queue: [], meta: {} }, async (database) => {
      const transaction = database.transaction(["queue", "meta"]);
      const [queue, names, values] = await Promise.all([
        transaction.objectStore("queue").getAll(), transaction.objectStore("meta").getAllKeys(), transaction.objectStore("meta").getAll(),
      ]);
      return { queue: inOrder(queue), meta: Object.fromEntries(names.map((name, at) => [name, values[at]])) };
    });
  }

  /** Give all tasks part by part, and return the place in the history that they are of: all as of one moment. @param {(tasks: any[]) => void} onPart @returns {Promise<{place?: any}>} */
  async readTasks(onPart) {
    return this.read({}, async (database) => {
      const transaction = database.transaction(["chunks", "meta"]);
      const [chunks, meta] = [transaction.objectStore("chunks"), transaction.objectStore("meta")];
      const place = await meta.get("place");
      const numbers = await chunks.getAllKeys();
      for (let at = 0; at < numbers.length; at += CHUNKS_AT_ONCE) {
        const last = numbers[Math.min(at + CHUNKS_AT_ONCE, numbers.length) - 1];
        onPart((await chunks.getAll(IDBKeyRange.bound(numbers[at], last))).flat());
      }
      return { place };
    });
  }

  /** Write the chunks of changed tasks with what is true of them, and forget changes that are part of them now: all or nothing. Return whether the tasks are kept.
   *  @param {{ids: Iterable<number>, tasks: Map<number, any>, meta: Record<string, any>, settled: string[]}} changed */
  async writeTasks({ ids, tasks, meta, settled }) {
    const chunks = new Set([...ids].map((id) => id >> CHUNK_BITS));
    const isWritten = !this.isFull && await this.write(["chunks", "meta", "queue"], RELAXED, (store) => {
      for (const chunk of chunks) putChunk(store("chunks"), chunk, tasks);
      for (const [name, value] of Object.entries(meta)) void store("meta").put(value, name);
      for (const key of settled) void store("queue").delete(key);
    });
    if (!isWritten && settled.length) await this.deleteMutations(settled);
    return isWritten;
  }

  /** Replace all tasks: what is kept of before goes, in the same transaction. @param {Map<number, any>} tasks @param {Record<string, any>} meta */
  async replaceTasks(tasks, meta) {
    if (this.isFull) return false;
    const chunks = new Set([...tasks.keys()].map((id) => id >> CHUNK_BITS));
    return this.write(["chunks", "meta"], RELAXED, (store) => {
      void store("chunks").clear();
      for (const chunk of chunks) putChunk(store("chunks"), chunk, tasks);
      for (const [name, value] of Object.entries(meta)) void store("meta").put(value, name);
    });
  }

  /** Keep changes until they are confirmed; resolves when they survive a crash. */
  async putMutations(mutations) {
    return this.write(["queue"], STRICT, (store) => mutations.forEach((each) => void store("queue").put(each)));
  }

  async deleteMutations(keys) {
    return this.write(["queue"], RELAXED, (store) => keys.forEach((key) => void store("queue").delete(key)));
  }

  /** Return the changes that wait. @returns {Promise<any[]>} */
  async readQueue() {
    return this.read([], async (database) => inOrder(await database.getAll("queue")));
  }

  /** Keep unsent text of a form, or forget it (""); as long as this tab has it, no other takes it up. @param {string} name @param {string} text */
  async putDraft(name, text) {
    this.typed.set(name, text);
    if (text) this.locks.hold(name);
    await this.write(["drafts"], RELAXED, (store) => void (text ? store("drafts").put(text, name) : store("drafts").delete(name)));
    if (!this.typed.get(name)) this.locks.release(name);
  }

  async readDraft(name) {
    return this.read("", async (database) => (await database.get("drafts", name)) ?? "");
  }

  /** Return an unsent text that no other tab has open, "" otherwise; this tab has it then. @param {string} name @returns {Promise<string>} */
  async takeDraft(name) {
    const text = (await this.locks.take(name)) ? await this.readDraft(name) : "";
    if (!text && !this.typed.get(name)) this.locks.release(name);
    return text;
  }

  /** Give each text of this kind, with the rest of its name, once no tab has it open. @param {string} kind what its name begins with @param {(rest: string, text: string, name: string) => unknown} onText @param {LockOptions} [options] */
  async takeDrafts(kind, onText, options) {
    const names = await this.read([], (database) => database.getAllKeys("drafts"));
    for (const name of names.filter((each) => `${each} `.startsWith(`${kind} `))) {
      const act = async () => {
        const text = await this.readDraft(name);
        if (text) await onText(name.slice(kind.length + 1), text, name);
      };
      if (!this.typed.get(name)) this.locks.whenFree(name, act, options);
    }
  }

  /** Give a line or a form what this tab wrote in it, or a tab that has ended. @param {string} own its kind and the tab @param {(text: string) => boolean} take whether there is room */
  async takeLine(own, take) {
    const text = await this.readDraft(own);
    if (text) take(text);
    else await this.takeDrafts(own.slice(0, own.lastIndexOf(" ")), (_, left, name) => take(left) && Promise.all([this.putDraft(own, left), this.putDraft(name, "")]), letGo());
  }

  /** @template T @param {T} nothing what there is without a database @param {(database: any) => Promise<T>} ask @returns {Promise<T>} */
  async read(nothing, ask) {
    try {
      return this.database ? await ask(this.database) : nothing;
    } catch {
      return nothing; // what cannot be read is loaded from the server
    }
  }

  /** Return whether it has been written. @param {string[]} names @param {{durability: string}} options @param {(store: (name: string) => any) => void} change @returns {Promise<boolean>} */
  async write(names, options, change) {
    if (!this.database) return false;
    try {
      await this.attempt(names, options, change);
      return true;
    } catch (error) {
      const isFull = /** @type {any} */ (error)?.name === "QuotaExceededError";
      if (isFull && !this.isFull) await this.dropTasks();
      if (isFull && !names.includes("chunks")) return this.attempt(names, options, change).then(() => true, () => false);
      if (!isFull) this.giveUp("closed");
      return false;
    }
  }

  async attempt(names, options, change) {
    const transaction = this.database.transaction(names, "readwrite", options);
    try {
      change((name) => transaction.objectStore(name));
      // Commit now, not when the page hears that all is written: a page that ends before that would take it back.
      transaction.commit();
    } finally {
      await transaction.done;
    }
  }

  /** Make room: tasks can be had again, changes and drafts cannot. */
  async dropTasks() {
    this.isFull = true;
    await this.attempt(["chunks", "meta"], RELAXED, (store) => {
      void store("chunks").clear();
      for (const name of OF_TASKS) void store("meta").delete(name);
    }).catch(() => undefined);
    this.trouble("full");
  }

  giveUp(reason) {
    if (!this.database) return;
    this.database.close();
    this.database = null;
    this.trouble(reason);
  }

  trouble(reason) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: { reason } }));
  }

  /** Delete all that is kept of this user. */
  async destroy() {
    this.database?.close();
    this.database = null;
    await deleteDB(databaseName(this.userId)).catch(() => undefined);
  }
}

const inOrder = (queue) => queue.sort((one, other) => one.seq - other.seq);

function putChunk(store, chunk, tasks) {
  const kept = [];
  for (let id = chunk << CHUNK_BITS; id < (chunk + 1) << CHUNK_BITS; id += 1) {
    const task = tasks.get(id);
    if (task) kept.push(task);
  }
  void (kept.length ? store.put(kept, chunk) : store.delete(chunk));
}
