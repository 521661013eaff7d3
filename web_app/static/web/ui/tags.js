// @ts-check
// The tags of a person with their colours, and the changes of tags that are on their way to many tasks.
import { KeptList } from "../sync/kept_list.js";
import "../locale/en-lists.js";

/** @typedef {{id: number, name: string, color: string, task_count: number}} Tag */
/** @typedef {{id: number, kind: "rename" | "merge" | "delete", status: string, done: number, total: number, url: string, name: string}} Job */

/** Colours that can be told apart on light and on dark. */
export const COLORS = { red: "#d64545", orange: "#d9822b", yellow: "#b8960c", green: "#2e9d5b", teal: "#1f9aa5", blue: "#3d7be0", purple: "#8a5cd6", pink: "#cf4f97", brown: "#96694a", grey: "#7b808a" };
const PATH = "/api/tags/";
/** A thousand tags are known here; more are seen by their tasks. */
const MOST_PAGES = 5;
const POLL_MS = 1000;

/** Return what the app knows of its person's tags. */
export function tagsOf(app) {
  app.tags ??= new Tags(app);
  return app.tags;
}

export class Tags extends KeptList {
  constructor(app) {
    super(app, { name: "tags", path: PATH, mostPages: MOST_PAGES });
    this.listen("tag");
    /** @type {Map<number, Job>} changes that have not reached all tasks, as far as this tab knows */
    this.jobs = new Map();
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(this.sheet);
    this.addEventListener("change", () => this.paint());
  }

  /** Give every place that names a tag its colour. */
  paint() {
    const rules = this.list.filter(({ color }) => /^#[0-9a-f]{6}$/i.test(color)).map(({ name, color }) => `[data-tag="${CSS.escape(name)}"]{--tag:${color};--dot:inline-block}`);
    const swatches = Object.entries(COLORS).map(([word, color]) => `[data-color="${word}"]{--swatch:${color}}`);
    this.sheet.replaceSync([...rules, ...swatches].join("\n"));
  }

  async create(name, refused) {
    return this.carryOut(await this.change("POST", PATH, { name }, { refused }), name);
  }

  async edit(tag, fields, refused) {
    return this.carryOut(await this.change("PATCH", `${PATH}${tag.id}/`, fields, { refused }), tag.name);
  }

  async merge(tag, into, refused) {
    return this.carryOut(await this.change("POST", `${PATH}${tag.id}/merge/`, { into }, { refused }), tag.name);
  }

  async remove(tag, refused) {
    return this.carryOut(await this.change("DELETE", `${PATH}${tag.id}/`, undefined, { refused }), tag.name);
  }

  async carryOut(answer, name) {
    if (!answer) return false;
    if (answer.status === 202) this.follow({ ...answer.body.job, name });
    await this.refresh();
    return true;
  }

  /** Ask how far a job is until it is done; without a network, later. */
  follow(job) {
    this.jobs.set(job.id, job);
    this.dispatchEvent(new Event("change"));
    setTimeout(async () => {
      const answer = await this.app.api.call("GET", job.url).catch(() => null);
      if (answer?.status === 200 && answer.body.job.status === "running") return this.follow({ ...answer.body.job, name: job.name });
      if (!answer || answer.status >= 500 || answer.status === 429) return this.follow(job);
      return this.finish(job);
    }, POLL_MS);
  }

  async finish(job) {
    this.jobs.delete(job.id);
    const text = this.app.t(`tag_${job.kind}_done`, { name: job.name });
    this.app.announcer.say(text);
    this.app.toasts.show(text);
    await this.refresh();
    this.dispatchEvent(new Event("change"));
  }
}
