// @ts-check
// Titles that were being edited when the page ended: they are changes that nobody took back.

const TITLE_DRAFT = "title ";

/** Take them up, and those of tasks that are not here yet once the server has been heard. @param {any} app */
export async function resumeTitles(app) {
  let left = await app.disk.readDrafts(TITLE_DRAFT);
  const resume = () => {
    const isAllHere = app.engine.state === "live";
    const drafts = left;
    left = [];
    for (const draft of drafts) if (!resumeTitle(app, draft, isAllHere)) left.push(draft);
    if (!left.length) app.engine.removeEventListener("status", resume);
  };
  app.engine.addEventListener("status", resume);
  resume();
}

/** Return whether this one is settled. @param {any} app @param {[string, string]} draft @param {boolean} isAllHere */
function resumeTitle(app, [id, title], isAllHere) {
  const row = app.store.shown.get(app.store.keyOf(/^\d+$/.test(id) ? Number(id) : id));
  if (!row && !isAllHere) return false;
  if (row && title.trim()) app.actions.change(row, { title: title.trim() });
  void app.disk.putDraft(`${TITLE_DRAFT}${id}`, "");
  return true;
}
