// @ts-check
// What screen readers are told: own actions at once, changes of others gathered for a second.

const GATHER_MS = 1000;

export class Announcer {
  /** @param {import("./i18n.js").Translate} t */
  constructor(t) {
    this.t = t;
    this.polite = region("polite");
    this.assertive = region("assertive");
    this.changed = 0;
  }

  /** @param {string} text */
  say(text) {
    this.polite.textContent = text;
  }

  /** For what cannot wait: a change that is blocked, the end of the session. @param {string} text */
  interrupt(text) {
    this.assertive.textContent = text;
  }

  /** Others changed tasks. @param {number} count */
  countChanges(count) {
    this.changed += count;
    this.timer ??= setTimeout(() => {
      this.say(this.t("toast_remote", { count: this.changed }));
      this.changed = 0;
      this.timer = undefined;
    }, GATHER_MS);
  }
}

/** @param {"polite" | "assertive"} politeness */
function region(politeness) {
  const element = document.createElement("div");
  element.className = "unseen";
  element.setAttribute("aria-live", politeness);
  document.body.append(element);
  return element;
}
