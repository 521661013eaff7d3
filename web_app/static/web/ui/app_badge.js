// @ts-check
// The icon of the installed page has the number of tasks that are due today or were due before.

/** Changes that come together are counted once. */
const GATHER_MS = 500;

export function followDue({ store }) {
  /** @type {any} */
  let timer;
  const show = () => {
    timer = undefined;
    void navigator.setAppBadge?.(store.counts.dueBy(store.moment().today))?.catch(() => undefined);
  };
  store.addEventListener("change", () => { timer ??= setTimeout(show, GATHER_MS); });
  show();
}
