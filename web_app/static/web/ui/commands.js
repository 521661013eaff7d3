// @ts-check
// Every command that has a key, in one table: the keyboard and the help read the same rows.
import { focusEnd, focusedKey, moveFocus, neighbourOf } from "./focus.js";

/** @typedef {{keys: string[], label: string, shown: string[], run: (key: string) => void}} Command */

const PRIORITIES = { 1: "urgent", 2: "high", 3: "medium", 4: "low" };
const PLACES = { t: "/app/today", u: "/app/upcoming", i: "/app/inbox", a: "/app/all", d: "/app/done", o: "/app/overdue" };

/** @param {any} app @returns {Command[]} */
export function commandsOf(app) {
  /** Act on the row that has the focus. @param {(row: any) => void} act */
  const onRow = (act) => () => {
    const row = app.store.shown.get(focusedKey());
    if (row) act(row);
  };
  const gone = (/** @type {(row: any) => void} */ act) => onRow((row) => { const next = neighbourOf(row.key); act(row); requestAnimationFrame(next); });
  return [
    { keys: ["q", "a"], shown: ["q", "a"], label: "keys_add", run: () => focusField("quick-add input") },
    { keys: ["j", "ArrowDown"], shown: ["j", "k"], label: "keys_move", run: () => moveFocus(1) },
    { keys: ["k", "ArrowUp"], shown: [], label: "", run: () => moveFocus(-1) },
    { keys: ["Home"], shown: [], label: "", run: () => focusEnd("first") },
    { keys: ["End"], shown: [], label: "", run: () => focusEnd("last") },
    { keys: [" ", "c"], shown: ["Space", "c"], label: "keys_done", run: gone((row) => app.actions.toggle(row)) },
    { keys: ["e", "Enter", "o"], shown: ["e", "Enter"], label: "keys_edit", run: onRow((row) => editRow(row.key)) },
    { keys: ["1", "2", "3", "4"], shown: ["1–4"], label: "keys_priority", run: (key) => onRow((row) => app.actions.change(row, { priority: PRIORITIES[key] }))() },
    { keys: ["#", "Delete"], shown: ["#"], label: "keys_delete", run: gone((row) => app.actions.remove(row)) },
    { keys: ["z", "Ctrl-z"], shown: ["z"], label: "keys_undo", run: () => app.actions.undo() },
    { keys: ["/"], shown: ["/"], label: "keys_search", run: () => app.router.go("/app/search") },
    { keys: Object.keys(PLACES).map((key) => `g ${key}`), shown: ["g t", "g u", "g i", "g a", "g d"], label: "keys_go", run: (key) => app.router.go(PLACES[key]) },
    { keys: ["?"], shown: ["?"], label: "keys_help", run: () => app.open("keys-help") },
    { keys: ["Escape"], shown: ["Esc"], label: "keys_escape", run: () => document.activeElement instanceof HTMLElement && document.activeElement.blur() },
  ];
}

/** @param {string} selector */
function focusField(selector) {
  const field = document.querySelector(selector);
  if (field instanceof HTMLElement) field.focus();
}

/** @param {string} key */
function editRow(key) {
  document.querySelector(`[data-row="${CSS.escape(key)}"] task-row`)?.dispatchEvent(new Event("edit"));
}
