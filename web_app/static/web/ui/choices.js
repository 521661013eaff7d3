// @ts-check
// What the palette offers: commands, screens and tasks; for rows, the days, priorities and tags they can be given.
import { matcherOf, plain } from "../store/search.js";
import { addDays, weekday } from "../time/days.js";
import { dayText, shortDay } from "../time/format.js";
import { movedTo } from "./moving.js";
import { snooze, snoozeTimes } from "./snoozing.js";
import { isInSeries, scopeFor } from "./scopes.js";
import { detachTask, removeTask, skipTask } from "./task-changes.js";

/** @typedef {{id: string, icon: string, label: string, hint?: string, isOn?: boolean, key?: string, page?: string, run?: () => void}} Choice */

const SCREENS = ["today", "upcoming", "inbox", "all", "overdue", "done", "search", "notifications", "reminders", "trash", "activity", "settings"];
const PRIORITIES = ["urgent", "high", "medium", "low"];
const WEEKDAYS = ["su", "mo", "tu", "we", "th", "fr", "sa"];
const MOST_TASKS = 8;
/** Letters of a tag, and tags of a task. */
const MOST = 50;

/** Return what a page of the palette offers for a query. */
export function choicesOf(app, { page, rows, query }) {
  const words = plain(query.trim());
  const offered = PAGES[page](app, rows).filter(({ label }) => plain(label).includes(words));
  if (page === "commands" && words) offered.push(...screensOfTags(app).filter(({ label }) => plain(label).includes(words)), ...tasks(app, query));
  const tag = query.trim().replace(/^#/, "");
  if (page === "tags" && tag && !/\s/.test(tag) && !offered.some(({ label }) => label === tag)) offered.push(newTag(app, rows, tag));
  return offered;
}

const PAGES = {
  commands: (app, rows) => [...actionsOn(app, rows), ...general(app), ...screens(app)],
  menu: (app, rows) => actionsOn(app, rows),
  due: days,
  snooze: snoozes,
  priority: priorities,
  tags: tagsOf,
  move: (app, rows) => [...days(app, rows), ...priorities(app, rows), ...tagsOf(app, rows), deletion(app, rows)],
};

function actionsOn(app, rows) {
  const { t, actions } = app;
  if (!rows.length) return [];
  const isDone = rows.every((row) => row.completed);
  const edit = { id: "edit", icon: "edit", label: t("keys_edit"), hint: "e", run: () => app.editRow(rows[0].key) };
  const remind = { id: "reminder", icon: "bell", label: t("do_reminder"), hint: "r", run: () => app.openTask(rows[0].key, "reminder") };
  return [
    { id: "done", icon: "done", label: t(isDone ? "do_reopen" : "do_complete"), hint: "c", run: () => actions.complete(rows, { done: !isDone }) },
    ...(rows.length === 1 && !isDone ? [edit, remind] : []),
    { id: "due", icon: "today", label: t("do_due"), hint: "d", page: "due" },
    { id: "priority", icon: "flag", label: t("do_priority"), hint: "1–4", page: "priority" },
    { id: "tags", icon: "tag", label: t("do_tags"), hint: "t", page: "tags" },
    ...(rows.length === 1 && isInSeries(rows[0]) ? ofSeries(app, rows[0]) : []),
    deletion(app, rows),
  ];
}

/** What is done about an occurrence of a series. */
const ofSeries = (app, row) => [
  { id: "skip", icon: "next", label: app.t("skip_one"), run: () => skipTask(app, row) },
  { id: "detach", icon: "repeat", label: app.t("detach"), run: () => detachTask(app, row) },
];

/** One task is asked about where it recurs; several are deleted by themselves. */
function deletion(app, rows) {
  const remove = () => (rows.length === 1 ? void scopeFor(app, rows[0], "delete", (scope) => removeTask(app, rows[0], scope)) : app.actions.removeAll(rows));
  return { id: "delete", icon: "trash", label: app.t("keys_delete"), hint: "#", run: remove };
}

function general(app) {
  return app.commands
    .filter(({ isListed }) => isListed)
    .map(({ label, shown, icon, run }) => ({ id: label, icon, label: app.t(label), hint: shown[0], run: () => run("") }));
}

function screens(app) {
  const keys = { today: "g t", upcoming: "g u", inbox: "g i", all: "g a", overdue: "g o", done: "g d", search: "/", notifications: "g n", reminders: "g r", settings: "g s" };
  const lists = SCREENS.map((view) => ({ id: view, icon: view, label: app.t(view), hint: keys[view], run: () => app.router.go(`/app/${view}`) }));
  const levels = PRIORITIES.map((name) => ({ id: `is ${name}`, icon: "flag", label: app.t("priority_list", { name: app.t(name) }), run: () => app.router.go(`/app/priority/${name}`) }));
  return [...lists, ...levels];
}

function screensOfTags(app) {
  return [...app.store.counts.tags.keys()].map((tag) => ({ id: `tag ${tag}`, icon: "tag", label: tag, run: () => app.router.go(`/app/tag/${encodeURIComponent(tag)}`) }));
}

/** Tasks by their words: choosing one opens search there. */
function tasks(app, query) {
  const matches = matcherOf(query);
  const found = [];
  if (matches) for (const row of app.store.shown.values()) if (found.length < MOST_TASKS && matches(row)) found.push(row);
  return found.map((row) => ({ id: `task ${row.key}`, icon: row.completed ? "done" : "circle", label: row.title, run: () => app.showTask(row) }));
}

function days(app, rows) {
  const { t, place, user, actions, store } = app;
  const start = Math.max(0, WEEKDAYS.indexOf(user.week_start));
  const ahead = (start - weekday(place.today) + 7) % 7 || 7;
  const offered = [["today", 0, ""], ["tomorrow", 1, "s"], ["next_week", ahead, ""], ["in_a_week", 7, ""]].filter(([id, count]) => id !== "in_a_week" || count !== ahead);
  const choices = offered.map(([id, count, key]) => {
    const day = addDays(place.today, Number(count));
    const label = id === "in_a_week" ? `${dayText(day, place.today, place)}` : t(String(id));
    return { id: `day ${id}`, icon: "today", label, hint: shortDay(day, place.locale), key: String(key), run: () => actions.changeAll(rows, (row) => movedTo(row, day, store.zone)) };
  });
  const canLose = rows.some((row) => (row.due_at || row.due_on) && !row.recurrence);
  const none = { id: "day none", icon: "close", label: t("no_date"), run: () => actions.changeAll(rows.filter((row) => !row.recurrence), (row) => (row.due_at ? { due_at: null } : { due_on: null })) };
  return canLose ? [...choices, none] : choices;
}

/** When a reminder is to come again. */
function snoozes(app, reminders) {
  return snoozeTimes(app.place).map(({ id, given }) => ({ id, icon: "clock", label: app.t(id), run: () => void snooze(app, reminders[0], given) }));
}

function priorities({ t, actions }, rows) {
  return PRIORITIES.map((name, at) => ({
    id: `priority ${name}`, icon: "flag", label: t(name), hint: String(at + 1), isOn: rows.length > 0 && rows.every(({ priority }) => priority === name),
    run: () => actions.changeAll(rows, () => ({ priority: name })),
  }));
}

function tagsOf(app, rows) {
  const names = [...new Set([...rows.flatMap(({ tags }) => tags), ...app.store.counts.tags.keys()])].sort((one, other) => one.localeCompare(other));
  return names.map((tag) => {
    const isOn = rows.length > 0 && rows.every(({ tags }) => tags.includes(tag));
    return { id: `tag ${tag}`, icon: "tag", label: tag, isOn, run: () => setTag(app, rows, tag, !isOn) };
  });
}

/** Give rows a tag, or take it from them. */
export function setTag({ actions, t }, rows, tag, isOn) {
  if (isOn && rows.some(({ tags }) => tags.length >= MOST && !tags.includes(tag))) return void actions.saySmall(t("tags_full", { most: MOST }));
  actions.changeAll(rows, ({ tags }) => ({ tags: isOn ? [...new Set([...tags, tag])] : tags.filter((each) => each !== tag) }));
}

function newTag(app, rows, tag) {
  const over = [...tag].length - MOST;
  if (over > 0) return { id: "new tag", icon: "alert", label: app.t("too_long_by", { count: over, most: MOST }) };
  return { id: "new tag", icon: "plus", label: app.t("new_tag", { tag }), run: () => setTag(app, rows, tag, true) };
}
