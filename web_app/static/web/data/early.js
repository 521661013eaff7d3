// @ts-check
// What the first list waits for begins while the other modules of the page are still loaded.
import { beginSession } from "./account.js";

export const begun = beginSession();
