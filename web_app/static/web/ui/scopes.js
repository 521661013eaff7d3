// @ts-check
// Which occurrences of a series a change is for: asked only where there are others.

/** @typedef {(scope?: "future" | "all") => void} Act */

/** Whether a task is an open occurrence of a series that goes on. */
export const isInSeries = (row) => Boolean(row.recurrence && row.series_id && !row.completed);

/** Do something to a task, and ask first for which occurrences where that matters. @param {Act} act given no scope: this one alone */
export async function scopeFor(app, row, what, act) {
  if (!isInSeries(row)) return act();
  return app.open("scope-dialog", { row, what, act });
}
