// @ts-check
// Done tasks: by day, and up to when this device keeps them.
import { addDays, dayBounds } from "../time/days.js";
import { byCompletion } from "./views.js";

/** @typedef {import("./views.js").Moment} Moment */
/** @typedef {import("./views.js").Section} Section */

/** How long done tasks are kept on a device; older ones are asked for. */
const DONE_DAYS = 30;

/** The first moment of which this device keeps done tasks. */
export const keptSince = (now) => now - DONE_DAYS * 86_400_000;

/** A moment of the same day, the same all day: what is asked for before it may be kept, too, and none is left out. */
export const endOfKept = (now) => `${new Date(keptSince(now)).toISOString().slice(0, 10)}T23:59:59Z`;

/** Done tasks by day for a week, then the rest of what is kept, then what the server has. */
export function sectionsOfDone({ now, today, zone }) {
  const starts = Array.from({ length: 7 }, (_, count) => addDays(today, -count)).map((id) => ({ id: `on ${id}`, from: dayBounds(id, zone)[0] }));
  const groups = [...starts, { id: "earlier", from: keptSince(now) }, { id: "older", from: -Infinity }];
  return groups.map(({ id, from }, at) => {
    const before = groups[at - 1]?.from ?? Infinity;
    const isIn = (instant) => instant >= from && instant < before;
    return { id, rank: byCompletion, includes: (task) => task.completed && isIn(Date.parse(task.completed_at)) };
  });
}
