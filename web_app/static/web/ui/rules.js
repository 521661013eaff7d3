// @ts-check
// A recurrence as the parts of a form, where it is one of the usual ones; any other is its own line of text.

/** @typedef {{kind: string, interval: number, weekdays: string[], ends: "never" | "on" | "after", until: string, count: number, anchor: string, line: string}} Parts */

export const KINDS = ["daily", "weekly", "monthly", "yearly", "own"];
export const WEEKDAYS = ["mo", "tu", "we", "th", "fr", "sa", "su"];
const PLAIN = { kind: "weekly", interval: 1, weekdays: [], ends: "never", until: "", count: 10, anchor: "future", line: "" };
const FORM_PARTS = new Set(["FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"]);

/** @param {{rule?: string, anchor?: string} | null} recurrence as a task has it */
export function partsOfRule(recurrence) {
  if (!recurrence?.rule) return PLAIN;
  const parts = Object.fromEntries(recurrence.rule.toUpperCase().split(";").map((part) => part.split("=")));
  const common = { ...PLAIN, anchor: recurrence.anchor ?? "future", line: recurrence.rule };
  const kind = (parts.FREQ ?? "").toLowerCase();
  const weekdays = (parts.BYDAY ?? "").toLowerCase().split(",").filter(Boolean);
  const isUsual = KINDS.includes(kind) && Object.keys(parts).every((name) => FORM_PARTS.has(name)) && weekdays.every((day) => WEEKDAYS.includes(day)) && (!weekdays.length || kind === "weekly");
  if (!isUsual) return { ...common, kind: "own" };
  const until = parts.UNTIL ? `${parts.UNTIL.slice(0, 4)}-${parts.UNTIL.slice(4, 6)}-${parts.UNTIL.slice(6, 8)}` : "";
  return { ...common, kind, weekdays, interval: Number(parts.INTERVAL ?? 1), until, count: Number(parts.COUNT ?? 10), ends: until ? "on" : parts.COUNT ? "after" : "never" };
}

/** Whether a line is a rule as it stands; else it is everyday language, which the server reads. */
export const isRuleText = (line) => /\bFREQ=/i.test(line) || /^\s*(?:daily|weekdays|weekly|monthly|yearly)\s*$/i.test(line);

/** Return what the server is told; null where the line is no rule. */
export function recurrenceOf({ kind, interval, weekdays, ends, until, count, anchor, line }) {
  const own = anchor === "future" ? {} : { anchor };
  if (kind === "own") return isRuleText(line) ? { rule: line.trim(), ...own } : null;
  const end = { on: until ? { end_date: until } : {}, after: { count }, never: { ends: "never" } }[ends];
  return { frequency: kind, interval, ...(kind === "weekly" && weekdays.length ? { weekdays } : {}), ...end, ...own };
}

/** What a rule counts from, for a preview of it. */
export function startOf(row) {
  if (row.due_at) return { due_at: row.due_at, ...(row.time_zone ? { time_zone: row.time_zone } : {}) };
  return row.due_on ? { due_on: row.due_on } : {};
}
