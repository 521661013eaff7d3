// @ts-check
// What a person should know about this device: its zone, its clock, and whether it keeps anything.
import { rememberUser } from "../data/account.js";
import { offsetAt } from "../time/zones.js";
import { recall, remember } from "./remembered.js";
import "../locale/en-sheets.js";

/** @typedef {{id: string, text: string, actions: Array<{label: string, run: () => void}>}} Notice */

const CLOCK_SECONDS = 120;
const QUARTER_OF_A_YEAR = 91 * 86_400_000;
const NO_ZONE_QUESTION = "no zone question";

export class Notices extends EventTarget {
  constructor(app) {
    super();
    this.app = app;
    this.shown = [];
    /** @type {Set<string>} what was dismissed here is not said again until the page is loaded anew */
    this.closed = new Set();
    app.engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => this.hear(detail));
    app.engine.addEventListener("status", () => this.warnOfClock(app.api.clock.skew));
    this.warnOfClock(app.api.clock.skew);
    if (!app.disk.database) this.add("memory", app.t("memory_only"));
    if (app.disk.wasReplaced) this.add("renewed", app.t("device_renewed"));
    void this.askZone();
  }

  add(id, text, actions = []) {
    if (this.closed.has(id) || this.shown.some((each) => each.id === id)) return;
    this.shown = [...this.shown, { id, text, actions }];
    this.app.changed();
  }

  close(id) {
    this.closed.add(id);
    this.shown = this.shown.filter((each) => each.id !== id);
    this.app.changed();
  }

  /** @param {any} notice of the engine */
  hear({ kind, reason, seconds }) {
    if (kind === "disk" && reason === "full") this.add("full", this.app.t("device_full"));
    if (kind === "skew") this.warnOfClock(seconds);
  }

  /** @param {number} seconds by which this device is ahead of the server */
  warnOfClock(seconds) {
    const minutes = Math.round(Math.abs(seconds) / 60);
    if (Math.abs(seconds) > CLOCK_SECONDS) this.add("clock", this.app.t(seconds > 0 ? "clock_fast" : "clock_slow", { minutes }));
  }

  /** Ask once a page whether the account is to have the zone that the device is in. */
  async askZone() {
    const { t, user } = this.app;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!differ(here, user.time_zone) || (await recall(NO_ZONE_QUESTION))) return;
    const city = here.split("/").at(-1)?.replaceAll("_", " ");
    this.add("zone", t("zone_question", { city, zone: user.time_zone }), [
      { label: t("zone_change"), run: () => void this.useZone(here) },
      { label: t("not_now"), run: () => this.close("zone") },
      { label: t("never_ask"), run: () => { void remember(NO_ZONE_QUESTION, "yes"); this.close("zone"); } },
    ]);
  }

  async useZone(zone) {
    const { api, toasts, t } = this.app;
    const answer = await api.call("PATCH", "/api/auth/me/", { body: { time_zone: zone } }).catch(() => null);
    if (answer?.status !== 200) return toasts.show(answer?.body?.detail ?? t("needs_network"));
    await rememberUser(answer.body);
    return location.reload();
  }
}

/** Whether clocks of two zones ever show different times this year: Madrid and Paris are no question. */
function differ(one, other) {
  const now = Date.now();
  return [0, 1, 2, 3].some((quarter) => {
    const instant = now + quarter * QUARTER_OF_A_YEAR;
    return offsetAt(instant, one) !== offsetAt(instant, other);
  });
}
