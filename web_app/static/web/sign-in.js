// @ts-check
// The two forms: what their box says of this device is what Settings say, and what the page reads. The one that signs in
// says whose changes wait here.
import { recall, remember } from "./ui/remembered.js";
import { openDB } from "./vendor/idb/index.js";

const box = document.querySelector("[name=shared]");
if (box instanceof HTMLInputElement) {
  void recall("keep").then((keep) => { box.checked ||= keep === "no"; });
  box.addEventListener("change", () => void remember("keep", box.checked ? "no" : ""));
}
void navigator.clearAppBadge?.()?.catch(() => undefined); // the tasks that it counts are of nobody who is here
const place = document.querySelector(".waiting");
if (place) void sayWaiting(place).catch(() => undefined); // a browser without a database for us has nothing that waits

/** Say of each person who was here how many changes of theirs have not been sent. @param {Element} place */
async function sayWaiting(place) {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
  for (const name of names.filter((each) => each.startsWith("todo-") && each !== "todo-shared")) {
    // One that has gone meanwhile, or cannot be used, says nothing of the others.
    const { count, username } = await waitingIn(name).catch(() => ({ count: 0, username: "" }));
    if (count) place.append(sentence(count, username));
  }
}

/** @param {string} name of the database of a person @returns {Promise<{count: number, username?: string}>} */
async function waitingIn(name) {
  const database = await openDB(name, undefined, { upgrade: makeNone });
  try {
    return { count: await database.count("queue"), username: await database.get("meta", "username").catch(() => "") };
  } finally {
    database.close();
  }
}

/** One that has gone meanwhile must not be made again, with nothing in it. */
function makeNone(database, from, to, transaction) {
  transaction.done.catch(() => undefined);
  transaction.abort();
}

/** @param {number} count @param {string} [username] @returns {Element} */
function sentence(count, username) {
  const whose = document.createElement("bdi");
  whose.textContent = username ?? "";
  const text = document.createElement("p");
  text.append(`${count} unsent ${count === 1 ? "change" : "changes"}${username ? " of " : ""}`, whose, " on this device, sent when the same person signs in again.");
  return text;
}
