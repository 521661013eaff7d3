// @ts-check
// Titles that were being edited when the page ended: they are changes that nobody took back.

const TITLE_DRAFT = "title ";

/** @param {any} app */
export async function resumeTitles(app) {
  for (const [key, title] of await app.disk.readDrafts(TITLE_DRAFT)) {
    const row = app.store.shown.get(key);
    if (row && title.trim()) app.actions.change(row, { title: title.trim() });
    await app.disk.putDraft(`${TITLE_DRAFT}${key}`, "");
  }
}
