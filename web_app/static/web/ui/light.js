// @ts-check
// Elements render into the page itself: one style sheet, one tree for screen readers and for the browser's own search.
import { LitElement } from "../vendor/lit/index.js";

export class LightElement extends LitElement {
  createRenderRoot() {
    return this;
  }

  /** Render again whenever one of these says so, as long as the element is in the page. @param {Array<[EventTarget, string]>} sources */
  follow(sources) {
    const render = () => this.requestUpdate();
    for (const [source, event] of sources) source.addEventListener(event, render);
    this.unfollow = () => sources.forEach(([source, event]) => source.removeEventListener(event, render));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.unfollow?.();
  }
}
