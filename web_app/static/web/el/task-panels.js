// @ts-check
// What only the server knows of a task, asked for when somebody looks: its series, why it is so, its history.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "./explain-panel.js";
import "./history-panel.js";
import "./series-panel.js";

export class TaskPanels extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, opened: { state: true } };

  constructor() {
    super();
    /** @type {string[]} those that are open: they stay so for the next task */
    this.opened = [];
  }

  render() {
    const { app, row } = this;
    return html`
      ${row.series_id ? this.panel("series", html`<series-panel .app=${app} .row=${row}></series-panel>`) : nothing}
      ${this.panel("why", html`<explain-panel .app=${app} .row=${row}></explain-panel>`)}
      ${this.panel("history", html`<history-panel .app=${app} .row=${row} .task=${row.id}></history-panel>`)}`;
  }

  panel(name, content) {
    const isOpen = this.opened.includes(name);
    return html`<details class="panel" data-panel=${name} ?open=${isOpen} @toggle=${({ target }) => this.turn(name, target.open)}>
      <summary><h3>${this.app.t(`panel_${name}`)}</h3></summary>${isOpen ? content : nothing}</details>`;
  }

  turn(name, isOpen) {
    this.opened = isOpen ? [...new Set([...this.opened, name])] : this.opened.filter((each) => each !== name);
  }
}

customElements.define("task-panels", TaskPanels);
