// @ts-check
// Titles that were being edited when their page ended: they are changes that nobody took back.

const TITLE_DRAFT = "title ";

/** Take them up: those of tasks that are here at once, the others when this tab knows all that the server has. @param {any} app */
export async function resumeTitles(app) {
  /** @type {Array<[string, string]>} */
  let left = [];
  const resume = () => {
    const drafts = left;
    left = [];
    for (const draft of drafts) if (!resumeTitle(app, draft)) left.push(draft);
  };
  app.engine.addEventListener("status", resume);
  await app.disk.takeDrafts(TITLE_DRAFT, (/** @type {string} */ id, /** @type {string} */ title) => { left.push([id, title]); resume(); });
}

/** Return whether this one is settled: it is a change now, which is kept until the server has it. @param {any} app @param {[string, string]} draft */
function resumeTitle(app, [id, typed]) {
  const task = /^\d+$/.test(id) ? Number(id) : app.actions.taskOf(id);
  const title = typed.trim();
  const row = app.store.shown.get(app.store.keyOf(task));
  const isMissed = !row && typeof task === "number" && app.engine.state === "live";
  // A task that is not among those that are kept here may be an old one, or gone: the server says which, and the outbox keeps the text.
  if (row && title) app.actions.change(row, { title });
  else if (isMissed && title) app.actions.change({ id: task, title: null }, { title });
  else if (title) return false;
  void app.disk.putDraft(`${TITLE_DRAFT}${id}`, "");
  return true;
}
