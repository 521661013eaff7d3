// @ts-check
// Texts that were being edited when their page ended: they are changes that nobody took back.
import { changeText } from "./task-changes.js";

/** The fields that are edited in place, with how long they may be. */
export const TEXTS = { title: 200, description: 10_000 };

/** Return what is kept of a text while it is typed; "" forgets it. @param {string} base what it was when typing began @param {string} name of the field */
export function draftText(text, base, name) {
  if (text === null) return "";
  return name === "title" ? text : JSON.stringify({ text, base });
}

/** Return what was typed, null if nothing was. @param {string} name of the field */
export function keptText(kept, name) {
  if (!kept) return null;
  return name === "title" ? { text: kept } : JSON.parse(kept);
}

/** Take them up: those of tasks that are here at once, the others when this tab knows all that the server has. */
export async function resumeTexts(app) {
  let left = [];
  const resume = () => {
    const drafts = left;
    left = [];
    for (const draft of drafts) if (!resumeText(app, draft)) left.push(draft);
  };
  app.engine.addEventListener("status", resume);
  const take = (name) => app.disk.takeDrafts(name, (id, typed) => { left.push([name, id, typed]); resume(); });
  await Promise.all(Object.keys(TEXTS).map(take));
}

/** Return whether it is a change now, or too long to be one and waits in its field. */
function resumeText(app, [name, id, typed]) {
  const task = /^\d+$/.test(id) ? Number(id) : app.store.idOf(id);
  const { text, base } = keptText(typed, name) ?? { text: "" };
  const wanted = name === "title" ? text.trim() : text;
  const row = app.store.shown.get(app.store.keyOf(task));
  const isMissed = !row && typeof task === "number" && app.engine.state === "live";
  const isText = name !== "title" || wanted !== "";
  if ([...wanted].length > TEXTS[name]) return true;
  if (isText && !row && !isMissed) return false;
  // A task that is not here may be an old one, or gone: the server says which, and the outbox keeps the text.
  if (isText) changeText(app, row ?? { id: task, [name]: null }, { [name]: wanted }, base === undefined ? {} : { [name]: base });
  void app.disk.putDraft(`${name} ${id}`, "");
  return true;
}
