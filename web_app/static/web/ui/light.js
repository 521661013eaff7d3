// @ts-check
// Elements render into the page itself: one style sheet, one tree for screen readers and for the browser's own search.
import { LitElement } from "../vendor/lit-element/lit-element.js";

export class LightElement extends LitElement {
  createRenderRoot() {
    return this;
  }

  /** Render again whenever one of these says so, as long as the element is in the page. @param {Array<[EventTarget, string]>} sources @param {{byFrame?: boolean}} [options] `byFrame`: once for all that happens until the next frame */
  follow(sources, { byFrame = false } = {}) {
    let isAsked = false;
    const update = () => { isAsked = false; this.requestUpdate(); };
    const render = () => {
      if (!byFrame) return update();
      if (!isAsked) inNextFrame(update);
      isAsked = true;
      return undefined;
    };
    for (const [source, event] of sources) source.addEventListener(event, render);
    this.unfollow = () => sources.forEach(([source, event]) => source.removeEventListener(event, render));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.unfollow?.();
  }
}

/** A page that is not seen has no frames. @param {() => void} run */
function inNextFrame(run) {
  if (document.hidden) setTimeout(run);
  else requestAnimationFrame(run);
}
