// @ts-check
// How a query's tasks are shown: in groups by day, priority, tag or age, in one order; what is done stands below.
import { addDays, dayBounds } from "../time/days.js";
import { keptSince } from "./done.js";
import { matcherOfQuery, partsOfAddress } from "./queries.js";
import { plain } from "./search.js";
import { ageOf, byCompletion, sectionsOf } from "./views.js";

/** @typedef {import("./views.js").Section} Section */
/** @typedef {import("./queries.js").Moment} Moment */

const PRIORITY_RANKS = { urgent: 4, high: 3, medium: 2, low: 1 };

/** Return the sections of a query with its group and sort, as an address has them. @param {string[]} tags that there are */
export function sectionsOfQuery(address, moment, tags) {
  const { query, group, sort } = partsOfAddress(address);
  const matches = matcherOfQuery(query, moment);
  const rank = rankBy(sort);
  const open = (GROUPS[group] ?? GROUPS.none)(moment, tags).map(({ id, includes }) => ({ id, rank, includes: (task) => !task.completed && matches(task) && includes(task) }));
  return [...open, ...doneSections(moment).map((section) => ({ ...section, includes: (task) => task.completed && matches(task) && section.includes(task) }))];
}

function doneSections({ now }) {
  const since = keptSince(now);
  return [
    { id: "done", rank: byCompletion, includes: (task) => Date.parse(task.completed_at) >= since },
    { id: "older", rank: byCompletion, includes: (task) => Date.parse(task.completed_at) < since },
  ];
}

const GROUPS = {
  none: () => [{ id: "open", includes: () => true }],
  due: (moment) => sectionsOf("all", "", moment),
  priority: () => Object.keys(PRIORITY_RANKS).map((id) => ({ id, includes: (task) => task.priority === id })),
  tag: (moment, tags) => {
    const known = new Set(tags);
    // A task stands in one group alone: that of its first tag.
    const groups = tags.map((tag) => ({ id: `#${tag}`, includes: (task) => task.tags[0] === tag }));
    return [...groups, { id: "no_tag", includes: (task) => !known.has(task.tags[0]) }];
  },
  created: ({ today, zone }) => {
    const [midnight] = dayBounds(today, zone);
    const [yesterday] = dayBounds(addDays(today, -1), zone);
    const [week] = dayBounds(addDays(today, -7), zone);
    const between = (from, to) => (task) => { const made = Date.parse(task.created_at); return made >= from && made < to; };
    return [
      { id: "created_today", includes: between(midnight, Infinity) }, { id: "created_yesterday", includes: between(yesterday, midnight) },
      { id: "created_week", includes: between(week, yesterday) }, { id: "created_before", includes: between(-Infinity, week) },
    ];
  },
};

const RANKS = {
  due_date: ({ due }, sign) => (due ? [0, sign * Date.parse(due.day), Number.isNaN(due.instant) ? sign * Infinity : sign * due.instant] : [1, 0, 0]),
  priority: ({ priority }, sign) => [sign * (PRIORITY_RANKS[priority] ?? 2)],
  created_at: (task, sign) => [sign * instantOf(task, "created_at")],
  updated_at: (task, sign) => [sign * instantOf(task, "updated_at")],
  completed_at: (task, sign) => (task.completed_at ? [0, sign * Date.parse(task.completed_at)] : [1, 0]),
  title: (task, sign) => [sign > 0 ? titleKey(task.title) : inverted(titleKey(task.title))],
  relevance: (task, sign) => [-sign * instantOf(task, "created_at")],
};

/** When it was made or changed; after all others what the server has not made yet. */
const instantOf = (task, name) => Date.parse(task[name]) + (task.version === 0 ? 1e15 : 0);

/** Return the rank of tasks in an order such as "-priority,due_date". */
function rankBy(sort) {
  const keys = (sort || "due_date,-priority").split(",").filter(Boolean).map((key) => ({ rank: RANKS[key.replace("-", "")], sign: key.startsWith("-") ? -1 : 1 })).filter(({ rank }) => rank);
  return (task) => [...keys.flatMap(({ rank, sign }) => rank(task, sign)), ageOf(task)];
}

/** Letters without marks and cases, numbers by their value. */
const titleKey = (title) => plain(title).replace(/\d+/g, (digits) => digits.padStart(12, "0"));

/** A text that sorts the other way round. */
const inverted = (text) => [...text, "\0"].map((letter) => String.fromCodePoint(0x10ffff - Math.max(1, letter.codePointAt(0) ?? 1))).join("");
