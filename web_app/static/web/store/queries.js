// @ts-check
// A query of the task list as `GET /api/tasks/` takes it, answered from what this device holds: search, views and their
// addresses are such texts. `group` and `sort` stand in an address beside the query.
import { addDays, dayBounds, isOver, weekday } from "../time/days.js";
import { endOfKept } from "./done.js";
import { matcherOf } from "./search.js";

/** @typedef {import("./views.js").Moment & {weekStart?: string}} Moment */
/** @typedef {(task: any) => boolean} Test */

const WEEKDAYS = ["su", "mo", "tu", "we", "th", "fr", "sa"];
const PRIORITIES = { normal: "medium", critical: "urgent" };

/** Return the values of a parameter that takes several. */
export function valuesIn(query, name) {
  return query.getAll(name).flatMap((text) => text.split(",")).map((text) => text.trim());
}

/** Return the query with other values of a parameter; none take it away. */
export function withValues(text, name, values) {
  const query = new URLSearchParams(text);
  if (values.length) query.set(name, values.join(","));
  else query.delete(name);
  return String(query).replaceAll("%2C", ",").replaceAll("+", "%20");
}

/** Return an address's query without what only the page knows. */
export function partsOfAddress(text) {
  const all = new URLSearchParams(text);
  const [group, sort] = [all.get("group") || "none", all.get("sort") ?? ""];
  return { query: withValues(withValues(text, "group", []), "sort", []), group, sort };
}

/** Return what makes a tag unique, as nearly as a browser can. */
export const tagKey = (name) => name.normalize("NFKC").toLowerCase().trim();

/** Return a test for tasks that the query finds. */
export function matcherOfQuery(text, moment) {
  const query = new URLSearchParams(text);
  const tests = [...words(query), ...states(query), ...priorities(query), ...tags(query), ...dues(query, moment), ...spans(query, moment), ...ids(query)];
  return (task) => tests.every((test) => test(task));
}

function words(query) {
  const matches = matcherOf(query.get("search") || query.get("q") || "");
  return matches ? [matches] : [];
}

function states(query) {
  if (query.get("trashed") === "true") return [() => false]; // this device holds none of the trash
  const wanted = query.get("completed") || { pending: "false", completed: "true" }[query.get("status") ?? ""];
  return wanted ? [(task) => String(Boolean(task.completed)) === wanted] : [];
}

function priorities(query) {
  const named = (name) => new Set(valuesIn(query, name).filter(Boolean).map((each) => PRIORITIES[each.toLowerCase()] ?? each.toLowerCase()));
  const [wanted, excluded] = [named("priority"), named("priority_not")];
  return [(task) => (!wanted.size || wanted.has(task.priority)) && !excluded.has(task.priority)];
}

function tags(query) {
  const keysOf = (names) => new Set(names.map(tagKey).filter(Boolean));
  const [wanted, excluded] = [keysOf(valuesIn(query, "tag")), keysOf(valuesIn(query, "tag_not"))];
  const isAny = query.get("tag_mode") === "any";
  const tests = [];
  if (query.has("tag") && !wanted.size) tests.push((task) => !task.tags.length);
  if (query.has("tag_not") && !excluded.size) tests.push((task) => task.tags.length > 0);
  if (wanted.size) tests.push((task) => { const has = keysOf(task.tags); return isAny ? [...wanted].some((key) => has.has(key)) : wanted.isSubsetOf(has); });
  if (excluded.size) tests.push((task) => excluded.isDisjointFrom(keysOf(task.tags)));
  return tests;
}

function dues(query, { now, today, weekStart = "mo" }) {
  const tests = [];
  const names = valuesIn(query, "due").filter(Boolean);
  const tomorrow = addDays(today, 1);
  const weekEnd = addDays(today, 6 - ((weekday(today) - WEEKDAYS.indexOf(weekStart) + 7) % 7));
  const meanings = {
    today: ({ due }) => due?.day === today,
    tomorrow: ({ due }) => due?.day === tomorrow,
    week: ({ due }) => Boolean(due) && due.day >= today && due.day <= weekEnd,
    overdue: ({ due, completed }) => !completed && Boolean(due) && isOver(due, now, today),
    none: ({ due }) => !due,
  };
  if (names.length) tests.push((task) => names.some((name) => meanings[name]?.(task)));
  if (query.get("due_on")) tests.push((task) => task.due?.day === query.get("due_on"));
  return tests;
}

const INSTANTS = {
  due: ({ due }, zone) => (due ? (Number.isNaN(due.instant) ? dayBounds(due.day, zone)[0] : due.instant) : NaN),
  created: (task) => Date.parse(task.created_at),
  updated: (task) => Date.parse(task.updated_at),
  completed: (task) => Date.parse(task.completed_at ?? ""),
};

function spans(query, { zone }) {
  return Object.entries(INSTANTS).flatMap(([name, instantOf]) => {
    const [after, before] = [`${name}_after`, `${name}_before`].map((each) => (query.get(each) ? instantIn(String(query.get(each)), zone) : NaN));
    const tests = [];
    if (!Number.isNaN(after)) tests.push((task) => instantOf(task, zone) >= after);
    if (!Number.isNaN(before)) tests.push((task) => instantOf(task, zone) < before);
    return tests;
  });
}

/** The instant of a parameter: a day is its start in the zone, a wall time one of the zone. */
export function instantIn(text, zone) {
  const wall = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)[\d.]*)?)?$/.exec(text);
  if (!wall) return Date.parse(text.replace(" ", "+"));
  const [, day, hours = 0, minutes = 0, seconds = 0] = wall;
  return dayBounds(day, zone)[0] + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

function ids(query) {
  const tests = [];
  if (query.get("series")) tests.push((task) => String(task.series_id) === query.get("series"));
  if (query.get("ids")) tests.push((task) => valuesIn(query, "ids").includes(String(task.id)));
  return tests;
}

/** Return the path that asks the server for the done tasks of a query that this device does not keep; "" if there can be none. */
export function pathToOlder(text, now) {
  const query = new URLSearchParams(text);
  const isOpen = query.get("status") === "pending" || query.get("completed") === "false";
  const isOther = valuesIn(query, "due").join() === "overdue" || query.get("trashed") === "true";
  if (isOpen || isOther) return "";
  for (const name of ["completed", "sort", "group"]) query.delete(name);
  query.set("status", "completed");
  const horizon = endOfKept(now);
  if (!(Date.parse(query.get("completed_before") ?? "") < Date.parse(horizon))) query.set("completed_before", horizon);
  query.set("sort", "-completed_at");
  query.set("limit", "50");
  return `/api/tasks/?${query}`;
}
