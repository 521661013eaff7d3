// @ts-check
// The lists that screens show: which tasks belong to one, in which order, under which headings.
import { addDays, dueOf, isOver } from "../time/days.js";

/** @typedef {{now: number, today: string, zone: string}} Moment */
/** @typedef {{id: string, includes: (task: any) => boolean, rank: (task: any) => Array<number | string>, folded?: boolean}} Section */

const PRIORITY_RANKS = { urgent: 0, high: 1, medium: 2, low: 3 };
const LAST = "9999-99-99";
/** What orders tasks by age: one that the server has not made yet comes last, whatever this device's clock says, for the server will make it after all others. */
export const ageOf = ({ version, created_at: made = "" }) => (version === 0 ? `~${made}` : made);

/** By due, whole days after the day's times, then by priority and age. */
const byDue = () => (task) => {
  const { due } = task;
  const instant = due && !Number.isNaN(due.instant) ? due.instant : Infinity;
  return [due?.day ?? LAST, instant, PRIORITY_RANKS[task.priority] ?? 2, ageOf(task)];
};

/** Newest completion first. */
export const byCompletion = (task) => [-Date.parse(task.completed_at ?? 0)];

const isOpen = (task) => !task.completed;

function today(moment) {
  const { now } = moment;
  const due = (task) => task.due;
  return [
    { id: "overdue", rank: byDue(), includes: (task) => isOpen(task) && Boolean(due(task)) && isOver(due(task), now, moment.today) },
    { id: "today", rank: byDue(), includes: (task) => isOpen(task) && due(task)?.day === moment.today && !isOver(due(task), now, moment.today) },
    { id: "done_today", rank: byCompletion, folded: true, includes: (task) => task.completed && isOnDay(task.completed_at, moment) },
  ];
}

function isOnDay(instant, moment) {
  return Boolean(instant) && dueOf({ due_at: instant }, moment.zone)?.day === moment.today;
}

function all(moment) {
  const tomorrow = addDays(moment.today, 1);
  const week = addDays(moment.today, 7);
  return byDays(moment, [
    ["overdue", (day, over) => over],
    ["today", (day, over) => !over && day === moment.today],
    ["tomorrow", (day, over) => !over && day === tomorrow],
    ["next_days", (day, over) => !over && day > tomorrow && day < week],
    ["later", (day, over) => !over && day >= week && day !== LAST],
    ["no_date", (day) => day === LAST],
  ]);
}

function upcoming(moment) {
  const days = Array.from({ length: 14 }, (_, count) => addDays(moment.today, count));
  const weeks = Array.from({ length: 7 }, (_, count) => addDays(moment.today, 14 + 7 * count));
  const last = weeks.pop() ?? "";
  return byDays(moment, [
    ["overdue", (day, over) => over],
    ...days.map((each) => /** @type {[string, any]} */ ([each, (day, over) => !over && day === each])),
    ...weeks.map((each, at) => /** @type {[string, any]} */ ([`week ${each}`, (day, over) => !over && day >= each && day < (weeks[at + 1] ?? last)])),
    ["later", (day, over) => !over && day >= last && day !== LAST],
  ]);
}

function byDays(moment, groups) {
  return groups.map(([id, belongs]) => ({
    id,
    rank: byDue(),
    includes: (task) => {
      const { due } = task;
      return isOpen(task) && belongs(due?.day ?? LAST, Boolean(due) && isOver(due, moment.now, moment.today));
    },
  }));
}

const single = (id, includes, order = byDue) => (moment) => [{ id, includes, rank: order(moment) }];

/** @type {Record<string, (moment: Moment, name: string) => Section[]>} */
const VIEWS = {
  today,
  all,
  upcoming,
  inbox: single("inbox", (task) => isOpen(task) && !task.due_on && !task.due_at && !task.tags.length),
  overdue: (moment) => today(moment).slice(0, 1),
  done: single("done", (task) => task.completed, () => byCompletion),
  tag: (moment, name) => single("tag", (task) => isOpen(task) && task.tags.includes(name))(moment),
  priority: (moment, name) => single("priority", (task) => isOpen(task) && task.priority === name)(moment),
};

/** Add a list that comes with a module of its own. @param {string} view @param {(moment: Moment, name: string) => Section[]} sections */
export function addList(view, sections) {
  VIEWS[view] = sections;
}

/** Return the sections of a view. @param {string} view @param {string} name of a tag or priority @param {Moment} moment @returns {Section[]} */
export function sectionsOf(view, name, moment) {
  return (VIEWS[view] ?? VIEWS.today)(moment, name);
}
