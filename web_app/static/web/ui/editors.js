// @ts-check
// Open editors of a task. What stands in one is kept with each change: when its page has ended, or another task was looked
// at, it is open again with it. Closing it forgets it.

/** @param {any} editor with its `app` and `row` @param {string} name @param {any} values null: they are kept no longer */
export function keepForm({ app, row }, name, values) {
  void app.disk.putDraft(`${name} ${row.key}`, values ? JSON.stringify(values) : "");
}

/** Open an editor with what was kept of it, if anything was. @param {any} editor @param {string} name */
export async function reopenForm(editor, name) {
  const { app, row } = editor;
  const kept = await app.disk.takeDraft(`${name} ${row.key}`);
  if (kept && editor.isConnected && editor.row.key === row.key && !editor.isOpen) editor.open(JSON.parse(kept));
}

/** Esc is for the editor alone. @param {KeyboardEvent} event @param {() => void} act */
export function onEscape(event, act) {
  if (event.key !== "Escape" || event.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
