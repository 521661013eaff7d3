// @ts-check
// A database of a newer build, or not whole: what only this device has is saved, the tasks are loaded afresh.
import { deleteDB, openDB } from "../vendor/idb/index.js";
import { databaseName, isUsable } from "./schema.js";

/** Put a new database in its place. Rejects where the browser has none for us. @returns {Promise<any>} the new one */
export async function replaceDatabase(userId, open) {
  const replace = () => replaceUnlessUsable(databaseName(userId), open);
  // One tab alone: another would make an empty one where this has just deleted the old one.
  return navigator.locks ? navigator.locks.request(`todo:${userId}:repair`, replace) : replace();
}

async function replaceUnlessUsable(name, open) {
  const old = await openDB(name);
  if (isUsable(old)) { old.close(); return open(); } // something else failed, or another tab has done it
  const [[queue], [texts, names]] = [await contentOf(old, "queue"), await contentOf(old, "drafts")];
  old.close();
  await deleteDB(name);
  const database = await open();
  const transaction = database.transaction(["queue", "drafts"], "readwrite", { durability: "strict" });
  const puts = queue.map((mutation) => transaction.objectStore("queue").put(mutation));
  puts.push(...texts.map((text, at) => transaction.objectStore("drafts").put(text, names[at])));
  await Promise.all([...puts, transaction.done]);
  return database;
}

/** Values and keys of one moment: another tab may still write. */
async function contentOf(database, name) {
  if (!database.objectStoreNames.contains(name)) return [[], []];
  const { store } = database.transaction(name);
  return Promise.all([store.getAll(), store.getAllKeys()]);
}
