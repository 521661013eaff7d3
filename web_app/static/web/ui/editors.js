// @ts-check
// Open editors of a task. What stands in one is kept with each change, for each tab: when its page has ended, or another task
// was looked at, it is open again with it. Closing it forgets it.

/** @param {any} editor with its `app` and `row` */
const draftOf = ({ app, row }, name) => `${name} ${row.key} ${app.engine.tabs.id}`;

/** @param {any} values null: they are kept no longer */
export function keepForm(editor, name, values) {
  void editor.app.disk.putDraft(draftOf(editor, name), values ? JSON.stringify(values) : "");
}

/** Open an editor with what was kept of it here, or by a tab that has ended. */
export async function reopenForm(editor, name) {
  const { app, row: { key } } = editor;
  const take = (kept) => editor.isConnected && editor.row.key === key && !editor.isOpen && (editor.open(JSON.parse(kept)), true);
  await app.disk.takeLine(draftOf(editor, name), take);
}

/** Esc is for the editor alone. */
export function onEscape(event, act) {
  if (event.key !== "Escape" || event.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
