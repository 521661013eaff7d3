// @ts-check
// The local database: one for each user, so that signing in as another one shows nothing of the first.
import { openDB } from "../vendor/idb/index.js";

export const SCHEMA = 1;
const STORES = ["chunks", "meta", "drafts", "queue"];
/** Tasks are kept in records of 256: one record a task took ten times as long to read. */
export const CHUNK_BITS = 8;

/** @param {string} name of a store */
const has = (database, name) => database.objectStoreNames.contains(name);

/** Whether this build can use it. */
export const isUsable = (database) => database.version === SCHEMA && STORES.every((name) => has(database, name));

/** @param {string} userId @returns {string} */
export const databaseName = (userId) => `todo-${userId}`;

/** Open a user's database. Rejects where there is none for us, or it is of a newer build or not whole. @param {string} userId @param {{onReplaced: () => void, onClosed: () => void}} events a newer build wants it; the browser has closed it */
export async function openUserDatabase(userId, { onReplaced, onClosed }) {
  const database = await openDB(databaseName(userId), SCHEMA, {
    upgrade(made) {
      for (const name of STORES) if (!has(made, name)) made.createObjectStore(name, name === "queue" ? { keyPath: "key" } : {});
    },
    blocking: onReplaced,
    terminated: onClosed,
  });
  if (isUsable(database)) return database;
  database.close();
  throw new Error("The database is not whole.");
}

/** Open what all users of this browser share: who was signed in last. */
export function openSharedDatabase() {
  return openDB("todo-shared", 1, { upgrade: (database) => database.createObjectStore("meta") });
}
