// @ts-check
// What the filters of a query are called: on their buttons, and in their choices.
import { addDays } from "../time/days.js";
import { shortDay } from "../time/format.js";
import { valuesIn } from "../store/queries.js";

/** Days that a query knows by name, with their words. */
export const DUES = { overdue: "overdue", today: "today", tomorrow: "tomorrow", week: "due_week", none: "no_date" };
const SORTS = ["", "-due_date", "-priority", "priority", "title", "-title", "-created_at", "created_at", "-updated_at", "updated_at"];
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Return the first and the last day that are asked for, each "" where none is. */
export function spanOf(text) {
  const query = new URLSearchParams(text);
  const [from, before] = ["due_after", "due_before"].map((name) => query.get(name) ?? "");
  return [DAY.test(from) ? from : "", DAY.test(before) ? addDays(before, -1) : ""];
}

export function dueWords(text, { t, locale }) {
  const [from, to] = spanOf(text).map((day) => day && shortDay(day, locale));
  const named = valuesIn(new URLSearchParams(text), "due").filter(Boolean).map((name) => t(DUES[name] ?? name));
  return [...named, ...(from || to ? [t("due_span", { from, to })] : [])];
}

/** Whether tasks without tags are asked for. */
export function isTagless(text) {
  const query = new URLSearchParams(text);
  return query.has("tag") && !valuesIn(query, "tag").some(Boolean);
}

export function tagWords(text, { t }) {
  return isTagless(text) ? [t("no_tag")] : valuesIn(new URLSearchParams(text), "tag").filter(Boolean).map((tag) => `#${tag}`);
}

/** Return the orders to choose from; one that an address has and no menu is the last. */
export function sortsOf(sort, t) {
  const known = SORTS.includes(sort);
  return [...SORTS, ...(known ? [] : [sort])].map((each) => [each, t(known || each !== sort ? `sort_${each || "due_date"}` : "sort_other")]);
}
