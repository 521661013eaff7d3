// @ts-check
// A database of a newer build, or not whole: what only this device has is saved, the tasks are loaded afresh.
import { deleteDB, openDB } from "../vendor/idb/index.js";
import { databaseName, isUsable } from "./schema.js";

/** Put a new database in its place. Rejects where the browser has none for us. @param {string} userId @param {() => Promise<any>} open @returns {Promise<any>} the new one */
export async function replaceDatabase(userId, open) {
  const replace = () => replaceUnlessUsable(databaseName(userId), open);
  // Of tabs that begin together one does it. The others would make an empty one where it has just deleted the old one.
  return navigator.locks ? navigator.locks.request(`todo:${userId}:repair`, replace) : replace();
}

async function replaceUnlessUsable(name, open) {
  const old = await openDB(name);
  if (isUsable(old)) { old.close(); return open(); } // what failed was something else, or another tab has done it
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

/** The values and the keys of a store as of one moment: another tab may still write. @param {string} name */
async function contentOf(database, name) {
  if (!database.objectStoreNames.contains(name)) return [[], []];
  const { store } = database.transaction(name);
  return Promise.all([store.getAll(), store.getAllKeys()]);
}
