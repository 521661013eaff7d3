// @ts-check
// The local database: one for each user, so that signing in as another one shows nothing of the first.
import { openDB } from "../vendor/idb/index.js";

export const SCHEMA = 1;
/** Tasks are kept in records of 256: one record a task took ten times as long to read. */
export const CHUNK_BITS = 8;

/** @param {string} userId @returns {string} */
export const databaseName = (userId) => `todo-${userId}`;

/** Open a user's database. @param {string} userId @param {{onReplaced: () => void, onClosed: () => void}} events a newer build wants it; the browser has closed it */
export function openUserDatabase(userId, { onReplaced, onClosed }) {
  return openDB(databaseName(userId), SCHEMA, {
    upgrade(database) {
      for (const name of ["chunks", "meta", "drafts"]) if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
      if (!database.objectStoreNames.contains("queue")) database.createObjectStore("queue", { keyPath: "key" });
    },
    blocking: onReplaced,
    terminated: onClosed,
  });
}

/** Open what all users of this browser share: who was signed in last. */
export function openSharedDatabase() {
  return openDB("todo-shared", 1, { upgrade: (database) => database.createObjectStore("meta") });
}
