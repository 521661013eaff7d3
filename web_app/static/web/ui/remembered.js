// @ts-check
// What was chosen on this device, for whoever uses it: whether single keys work, what is not to be asked again.
import { openSharedDatabase } from "../data/schema.js";

/** @param {string} name @param {string} value */
export async function remember(name, value) {
  try {
    const shared = await openSharedDatabase();
    await shared.put("meta", value, name);
    shared.close();
  } catch {
    // A browser without a database for us: it is asked again.
  }
}

/** Return what was chosen, "" if nothing was. @param {string} name @returns {Promise<string>} */
export async function recall(name) {
  try {
    const shared = await openSharedDatabase();
    const value = await shared.get("meta", name);
    shared.close();
    return value ?? "";
  } catch {
    return "";
  }
}
