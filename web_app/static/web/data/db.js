// @ts-check
// What this device keeps of one user: tasks in chunks, changes that wait, drafts. Without IndexedDB, memory alone.
import { deleteDB } from "../vendor/idb/index.js";
import { CHUNK_BITS, databaseName, openUserDatabase } from "./schema.js";

const RELAXED = /** @type {const} */ ({ durability: "relaxed" });
const STRICT = /** @type {const} */ ({ durability: "strict" });

export class Disk {
  /** @param {string} userId */
  constructor(userId) {
    this.userId = userId;
    /** @type {any} null where the browser has no database for us */
    this.database = null;
  }

  /** Open it. Return whether what is written will still be there after a restart. @returns {Promise<boolean>} */
  async open() {
    try {
      this.database = await openUserDatabase(this.userId, () => this.database?.close());
    } catch {
      this.database = null;
    }
    return Boolean(this.database);
  }

  /** Return all that is kept. @returns {Promise<{tasks: any[], queue: any[], meta: Record<string, any>}>} */
  async read() {
    if (!this.database) return { tasks: [], queue: [], meta: {} };
    const transaction = this.database.transaction(["chunks", "queue", "meta"]);
    const [chunks, queue, names, values] = await Promise.all([
      transaction.objectStore("chunks").getAll(), transaction.objectStore("queue").getAll(),
      transaction.objectStore("meta").getAllKeys(), transaction.objectStore("meta").getAll(),
    ]);
    const meta = Object.fromEntries(names.map((/** @type {string} */ name, /** @type {number} */ at) => [name, values[at]]));
    return { tasks: chunks.flat(), queue: queue.sort((/** @type {any} */ one, /** @type {any} */ other) => one.seq - other.seq), meta };
  }

  /** Write the chunks of changed tasks and how far we are, in one transaction. @param {Iterable<number>} ids @param {Map<number, any>} tasks @param {Record<string, any>} meta */
  async writeTasks(ids, tasks, meta) {
    if (!this.database) return;
    const transaction = this.database.transaction(["chunks", "meta"], "readwrite", RELAXED);
    const chunks = new Set([...ids].map((id) => id >> CHUNK_BITS));
    for (const chunk of chunks) void putChunk(transaction.objectStore("chunks"), chunk, tasks);
    for (const [name, value] of Object.entries(meta)) void transaction.objectStore("meta").put(value, name);
    await committed(transaction);
  }

  /** Replace all tasks: what is kept of before goes, in the same transaction. @param {Map<number, any>} tasks @param {Record<string, any>} meta */
  async replaceTasks(tasks, meta) {
    if (!this.database) return;
    const transaction = this.database.transaction(["chunks", "meta"], "readwrite", RELAXED);
    void transaction.objectStore("chunks").clear();
    for (const chunk of new Set([...tasks.keys()].map((id) => id >> CHUNK_BITS))) void putChunk(transaction.objectStore("chunks"), chunk, tasks);
    for (const [name, value] of Object.entries(meta)) void transaction.objectStore("meta").put(value, name);
    await committed(transaction);
  }

  /** Keep a change until it is confirmed; resolves when it survives a crash. @param {any} mutation */
  async putMutation(mutation) {
    if (this.database) await this.write("queue", (store) => store.put(mutation), STRICT);
  }

  /** @param {string} key */
  async deleteMutation(key) {
    if (this.database) await this.write("queue", (store) => store.delete(key), RELAXED);
  }

  /** Return the changes that wait. @returns {Promise<any[]>} */
  async readQueue() {
    return this.database ? (await this.database.getAll("queue")).sort((/** @type {any} */ one, /** @type {any} */ other) => one.seq - other.seq) : [];
  }

  /** Keep unsent text of a form, or forget it (""). @param {string} name @param {string} text */
  async putDraft(name, text) {
    if (this.database) await this.write("drafts", (store) => (text ? store.put(text, name) : store.delete(name)), RELAXED);
  }

  /** @param {string} name @returns {Promise<string>} */
  async readDraft(name) {
    return (this.database && (await this.database.get("drafts", name))) || "";
  }

  /** Return the texts whose names begin so, by the rest of their names. @param {string} prefix @returns {Promise<Array<[string, string]>>} */
  async readDrafts(prefix) {
    if (!this.database) return [];
    const names = (await this.database.getAllKeys("drafts")).filter((/** @type {string} */ name) => name.startsWith(prefix));
    return Promise.all(names.map(async (/** @type {string} */ name) => [name.slice(prefix.length), await this.readDraft(name)]));
  }

  /** @param {string} store @param {(store: any) => Promise<any>} change @param {{durability: string}} options */
  async write(store, change, options) {
    const transaction = this.database.transaction(store, "readwrite", options);
    void change(transaction.objectStore(store));
    await committed(transaction);
  }

  /** Delete all that is kept of this user. */
  async destroy() {
    this.database?.close();
    this.database = null;
    await deleteDB(databaseName(this.userId));
  }
}

/** Commit now, not when the page hears that all is written: a page that ends before that would take it back. @param {any} transaction @returns {Promise<void>} */
function committed(transaction) {
  transaction.commit();
  return transaction.done;
}

/** @param {any} store @param {number} chunk @param {Map<number, any>} tasks */
function putChunk(store, chunk, tasks) {
  const kept = [];
  for (let id = chunk << CHUNK_BITS; id < (chunk + 1) << CHUNK_BITS; id += 1) {
    const task = tasks.get(id);
    if (task) kept.push(task);
  }
  return kept.length ? store.put(kept, chunk) : store.delete(chunk);
}
