// @ts-check
// One line that becomes a task. Enter empties it at once, however slow the server is.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { cleanText, linesOf } from "../quickadd/lines.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";

const MOST_TITLE = 200;

export class QuickAdd extends LightElement {
  static properties = { app: { attribute: false }, message: { state: true }, pasted: { state: true } };

  constructor() {
    super();
    this.message = "";
    /** @type {string[]} */
    this.pasted = [];
    /** @type {import("../quickadd/reading.js").Reading | undefined} loaded when the line is about to be written */
    this.reading = undefined;
    this.addEventListener("focusin", () => void this.readLines());
    this.addEventListener("fill", (event) => this.fill(/** @type {CustomEvent} */ (event).detail));
  }

  connectedCallback() {
    super.connectedCallback();
    void this.app.disk.takeLine(this.draft, (text) => this.isConnected && !this.text && (this.fill(text, { focus: false }), true));
  }

  /** Have the line read by the server while it is written; also what was written before this was loaded. */
  async readLines() {
    const parts = await Promise.all([import("../quickadd/reading.js"), import("./chip-list.js")]).catch(() => null);
    if (this.reading || !parts) return; // without it the line is read when it is sent
    const [{ Reading }] = parts;
    this.reading = new Reading(this.app.api, this.app.store.zone);
    this.follow([[this.reading, "change"]]);
    this.reading.type(this.text);
  }

  get input() { return /** @type {HTMLInputElement} */ (this.querySelector("input")); }
  get draft() { return `quick-add ${this.app.engine.tabs.id}`; } // each tab has its own
  get text() { return this.input?.value ?? ""; }

  render() {
    const { t } = this.app;
    const chips = this.reading?.chips() ?? [];
    const problem = this.message || this.reading?.current()?.problems.find(({ code }) => code !== "title_missing")?.detail;
    return html`
      <form class="quick-add" @submit=${(event) => this.submit(event)}>
        ${icon("plus")}
        <span class="line">
          <span class="underlay" aria-hidden="true">${this.reading?.parts().map(({ text, kind }) => (kind ? html`<mark data-kind=${kind}>${text}</mark>` : text))}</span>
          <input type="text" name="line" dir="auto" autocomplete="off" enterkeyhint="done" aria-label=${t("add")} aria-describedby="add-note" placeholder=${t("add_hint")}
            @input=${() => this.typed()} @scroll=${() => this.align()} @keydown=${(event) => this.press(event)} @paste=${(event) => this.paste(event)}>
        </span>
        <button type="submit" class="primary" ?hidden=${!this.text}>${t("add_button")}</button>
      </form>
      ${this.reading ? html`<chip-list .app=${this.app} .chips=${chips} .reading=${this.reading}></chip-list>` : nothing}
      <p id="add-note" class="note" ?hidden=${!problem}>${problem ?? nothing}</p>
      <paste-question .app=${this.app} .lines=${this.pasted} @answer=${({ detail }) => this.endPaste(detail)}></paste-question>`;
  }

  typed() {
    const clean = cleanText(this.text);
    this.message = clean === this.text ? "" : this.app.t("text_cleaned");
    if (this.message) this.input.value = clean;
    this.reading?.type(clean);
    this.draftTimer ??= setTimeout(() => this.keepDraft(), 250);
    this.requestUpdate();
    this.align();
  }

  keepDraft() {
    this.draftTimer = clearTimeout(this.draftTimer);
    void this.app.disk.putDraft(this.draft, this.text);
  }

  /** The marks under the line scroll with it. */
  align() {
    const underlay = this.querySelector(".underlay");
    if (underlay) requestAnimationFrame(() => { underlay.scrollLeft = this.input.scrollLeft; });
  }

  press(event) {
    if (event.isComposing) return;
    const { selectionStart: caret, selectionEnd: end } = this.input;
    const chip = event.key === "Backspace" && caret === end ? this.reading?.chipBefore(caret ?? 0) : null;
    if (chip) {
      event.preventDefault();
      this.reading?.drop(chip);
    } else if (event.key === "Escape") {
      this.input.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) {
      this.app.openTask(this.submit(event));
    } else if (event.key === "Enter" && event.repeat) {
      event.preventDefault(); // a key held down adds one task
    }
  }

  /** @param {Event} event @returns {string | void} the local id of the task that is made */
  submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    const reading = this.reading?.current();
    const title = reading ? reading.title : text;
    if (!title) return this.refuse(this.app.t("add_untitled"));
    if ([...title].length > MOST_TITLE) return this.refuse(this.app.t("too_long", { count: [...title].length - MOST_TITLE }));
    const excess = reading?.problems.find(({ code }) => /_too_long|too_many_/.test(code));
    if (excess) return this.refuse(excess.detail);
    const task = this.app.actions.add(text, reading, { without: this.reading?.without ?? [] });
    this.empty();
    return task;
  }

  refuse(message) {
    this.message = message;
    this.app.announcer.say(message);
  }

  empty() {
    this.input.value = this.message = "";
    this.reading?.clear();
    this.keepDraft();
    this.requestUpdate();
  }

  fill(text, { focus = true } = {}) {
    this.input.value = text;
    void (focus ? this.input.focus() : this.readLines());
    this.typed();
  }

  paste(event) {
    const lines = linesOf(event.clipboardData?.getData("text/plain") ?? "");
    if (lines.length < 2 || this.text) return;
    event.preventDefault();
    this.pasted = lines;
    void import("./paste-question.js");
  }

  /** @param {string} text what is to stay of the lines, as one */
  endPaste(text) {
    this.pasted = [];
    if (text) this.fill(text);
    else this.input.focus();
  }
}

customElements.define("quick-add", QuickAdd);
