// @ts-check
// Every command that has a key, in one table: the keyboard, the help and the palette read the same rows.
export { Keys } from "./keys.js";
import { focusEnd, focusedKey, keysShown, moveFocus, moveGroup, neighbourOf } from "./focus.js";
import "../locale/en-sheets.js";

/** @typedef {{keys: string[], label: string, shown: string[], run: (key: string) => void, isListed?: boolean, icon?: string, group?: string}} Command */

const PRIORITIES = { 0: "medium", 1: "urgent", 2: "high", 3: "medium", 4: "low" };
const PLACES = { t: "/app/today", u: "/app/upcoming", i: "/app/inbox", a: "/app/all", d: "/app/done", o: "/app/overdue", n: "/app/notifications", r: "/app/reminders", s: "/app/settings" };

export function commandsOf(app) {
  return [...general(app), ...moves(app), ...onRows(app)];
}

/** What needs no row. */
function general(app) {
  return [
    { group: "keys_anywhere", keys: ["Ctrl-k"], shown: ["Ctrl K"], label: "palette_commands", run: () => void app.choose("commands") },
    { keys: ["q", "a"], shown: ["q", "a"], label: "keys_add", icon: "plus", isListed: true, run: () => focusField("quick-add input") },
    { keys: ["/"], shown: ["/"], label: "keys_search", run: () => app.router.go("/app/search") },
    { keys: ["z", "Ctrl-z"], shown: ["z"], label: "keys_undo", icon: "undo", isListed: true, run: () => app.actions.undo() },
    { keys: ["Z", "Ctrl-Z"], shown: ["Shift Z"], label: "keys_redo", run: () => app.actions.redo() },
    { keys: Object.keys(PLACES).map((key) => `g ${key}`), shown: ["g t", "g u", "g i", "g a", "g o", "g d", "g n", "g r", "g s"], label: "keys_go", run: (key) => app.router.go(PLACES[key]) },
    { keys: ["?"], shown: ["?"], label: "keys_help", icon: "keys", isListed: true, run: () => void app.open("keys-help") },
    { keys: [], shown: [], label: "outbox", icon: "clock", isListed: true, run: () => void app.open("outbox-sheet") },
    { keys: [], shown: [], label: "notes_allow", icon: "bell", isListed: true, run: () => app.router.go("/app/settings") },
    { keys: [], shown: [], label: "sign_out", icon: "leave", isListed: true, run: () => void app.signOut() },
    { keys: ["Escape"], shown: ["Esc"], label: "keys_escape", run: () => leave(app) },
  ];
}

/** Through the rows, and which of them are picked. */
function moves(app) {
  return [
    { group: "keys_list", keys: ["j", "ArrowDown"], shown: ["j", "k"], label: "keys_move", run: () => moveFocus(1) },
    { keys: ["k", "ArrowUp"], shown: [], label: "", run: () => moveFocus(-1) },
    { keys: ["Home"], shown: [], label: "", run: () => focusEnd("first") },
    { keys: ["End"], shown: [], label: "", run: () => focusEnd("last") },
    { keys: ["["], shown: ["[", "]"], label: "keys_group", run: () => moveGroup(-1) },
    { keys: ["]"], shown: [], label: "", run: () => moveGroup(1) },
    { keys: ["x"], shown: ["x"], label: "keys_select", run: () => focusedKey() && app.selection.toggle(focusedKey()) },
    { keys: ["J", "Shift-ArrowDown"], shown: ["Shift J", "K"], label: "keys_extend", run: () => extend(app, 1) },
    { keys: ["K", "Shift-ArrowUp"], shown: [], label: "", run: () => extend(app, -1) },
    { keys: ["Ctrl-a"], shown: ["Ctrl A"], label: "keys_select_all", run: () => app.selection.add(keysShown()) },
  ];
}

/** What is done to the rows that were picked, or to the one that has the focus. */
function onRows(app) {
  const on = (act) => () => { const rows = app.targets(); if (rows.length) act(rows); };
  /** The rows may go: the focus goes to the next. */
  const gone = (act) => on((rows) => {
    const key = focusedKey();
    const isOpen = document.activeElement?.closest("task-detail"); // what is done in it leads to no other row
    const next = isOpen ? () => app.store.shown.has(key) || app.router.leaveTask() : neighbourOf(key);
    act(rows);
    app.selection.clear();
    requestAnimationFrame(next);
  });
  const isDone = (rows) => rows.every((row) => row.completed);
  return [
    { group: "keys_rows", keys: [" ", "c"], shown: ["Space", "c"], label: "keys_done", run: gone((rows) => app.actions.complete(rows, { done: !isDone(rows) })) },
    { keys: ["Enter", "o"], shown: ["Enter", "o"], label: "keys_open", run: () => focusedKey() && app.openTask(focusedKey()) },
    { keys: ["e"], shown: ["e"], label: "keys_edit", run: () => focusedKey() && app.editRow(focusedKey()) },
    { keys: ["d", "s"], shown: ["d"], label: "do_due", run: on((rows) => void app.choose("due", rows)) },
    { keys: Object.keys(PRIORITIES), shown: ["1–4"], label: "keys_priority", run: (key) => on((rows) => app.actions.changeAll(rows, () => ({ priority: PRIORITIES[key] })))() },
    { keys: ["t"], shown: ["t"], label: "do_tags", run: on((rows) => void app.choose("tags", rows)) },
    { keys: ["r"], shown: ["r"], label: "do_reminder", run: on(([row]) => row.completed || app.openTask(row.key, "reminder")) },
    { keys: ["m"], shown: ["m"], label: "palette_move", run: on((rows) => void app.choose("move", rows)) },
    { keys: ["."], shown: ["."], label: "palette_menu", run: on((rows) => void app.choose("menu", rows)) },
    { keys: ["#", "Delete"], shown: ["#"], label: "keys_delete", run: gone((rows) => app.actions.removeAll(rows)) },
  ];
}

/** Pick the row and the one after it. */
function extend(app, by) {
  const before = focusedKey();
  moveFocus(by);
  app.selection.add([before, focusedKey()].filter(Boolean));
}

/** Out of the selection, then out of the open task, then out of a field. */
function leave(app) {
  if (app.selection.keys.size) return app.selection.clear();
  if (app.router.route.view === "task") return app.router.leaveTask();
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  return undefined;
}

function focusField(selector) {
  const field = document.querySelector(selector);
  if (field instanceof HTMLElement) field.focus();
}
