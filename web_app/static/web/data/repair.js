// @ts-check
// A database of a newer build, or not whole: what only this device has is saved, the tasks are loaded afresh.
import { deleteDB, openDB } from "../vendor/idb/index.js";
import { databaseName, isUsable } from "./schema.js";

/** Put a new database in its place. Rejects where the browser has none for us. @param {string} userId @param {() => Promise<any>} open @returns {Promise<any>} the new one */
export async function replaceDatabase(userId, open) {
  const name = databaseName(userId);
  const old = await openDB(name);
  if (isUsable(old)) { old.close(); return open(); } // what failed was something else
  const read = async (store) => (old.objectStoreNames.contains(store) ? [await old.getAll(store), await old.getAllKeys(store)] : [[], []]);
  const [[queue], [texts, names]] = [await read("queue"), await read("drafts")];
  old.close();
  await deleteDB(name);
  const database = await open();
  for (const mutation of queue) await database.put("queue", mutation);
  for (const [at, text] of texts.entries()) await database.put("drafts", text, names[at]);
  return database;
}
