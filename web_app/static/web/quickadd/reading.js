// @ts-check
// What the server reads in a line while it is typed: one call in flight, the newest text wins.
import { partsOf } from "./chips.js";

const PAUSE_MS = 60;

/** @typedef {{title: string, fields: Record<string, any>, chips: any[], notes: any[], problems: any[], next: any[]}} Answer */

export class Reading extends EventTarget {
  constructor(api, zone) {
    super();
    this.api = api;
    this.zone = zone;
    this.clear();
  }

  clear() {
    this.text = "";
    /** @type {Array<[number, number]>} spans that stay text */
    this.without = [];
    /** @type {Map<string, any>} the other readings that were chosen, by chip */
    this.chosen = new Map();
    this.answer = null;
    this.answered = "";
    clearTimeout(this.timer);
    this.dispatchEvent(new Event("change"));
  }

  type(text) {
    if (!text.trim()) return this.clear();
    // Spans count characters from the start: they stay right only while the text before them does.
    this.without = this.without.filter(([, end]) => text.slice(0, end) === this.text.slice(0, end));
    this.text = text;
    this.later();
    return undefined;
  }

  /** A part that was read stays text. */
  drop({ start, end }) {
    this.without = [...this.without, [start, end]];
    this.later(0);
  }

  choose(chipId, alternative) {
    this.chosen.set(chipId, alternative);
    this.dispatchEvent(new Event("change"));
  }

  later(pause = PAUSE_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), pause);
  }

  async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    const asked = this.state();
    try {
      const body = { text: this.text, time_zone: this.zone, ...(this.without.length ? { without: this.without } : {}) };
      const answer = await this.api.call("POST", "/api/tasks/parse/", { body });
      if (answer.status === 200 && this.text) Object.assign(this, { answer: answer.body, answered: asked });
    } catch {
      // Without a network the line is read when it is sent.
    }
    this.isAsking = false;
    this.dispatchEvent(new Event("change"));
    if (this.text && this.state() !== asked) this.later(0);
  }

  /** The line with what must stay text: an answer is for exactly one of them. */
  state() {
    return JSON.stringify([this.text, this.without]);
  }

  /** Return what was read of exactly this line, with the readings that were chosen; null if it is not known yet. */
  current() {
    if (!this.answer || this.answered !== this.state()) return null;
    const fields = { ...this.answer.fields };
    for (const { fields: chosen } of this.chosen.values()) Object.assign(fields, chosen);
    return { ...this.answer, fields };
  }

  /** The chips to show: of the last answer, as far as its text is still there. */
  chips() {
    return (this.answer?.chips ?? [])
      .filter((chip) => this.text.slice(chip.start, chip.end) === chip.text)
      .filter((chip) => !this.without.some(([start, end]) => start === chip.start && end === chip.end))
      .map((chip) => ({ ...chip, means: this.chosen.get(chip.id)?.means ?? chip.means }));
  }

  /** The line cut into what was read and the text between. */
  parts() {
    return partsOf(this.text, this.chips());
  }

  /** The chip that ends where the caret is, or with one blank between. */
  chipBefore(caret) {
    return this.chips().find(({ end }) => end === caret || (end === caret - 1 && this.text[end] === " "));
  }
}
