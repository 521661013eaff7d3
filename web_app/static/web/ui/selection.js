// @ts-check
// The rows that were picked on this screen: what is done next is done to all of them.

export class Selection extends EventTarget {
  constructor() {
    super();
    /** @type {Set<string>} keys of rows, in the order in which they were picked */
    this.keys = new Set();
  }

  /** @param {string} key */
  toggle(key) {
    if (!this.keys.delete(key)) this.keys.add(key);
    this.changed();
  }

  /** @param {Iterable<string>} keys */
  add(keys) {
    for (const key of keys) this.keys.add(key);
    this.changed();
  }

  clear() {
    if (!this.keys.size) return;
    this.keys.clear();
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
