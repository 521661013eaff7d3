// @ts-check
// Which unsent texts a tab has open. The browser lets a lock go when its tab is gone, however it went: then, and only
// then, another tab may take the text up.

export class DraftLocks {
  /** @param {string} userId */
  constructor(userId) {
    this.prefix = `todo:${userId}:draft:`;
    /** @type {Map<string, () => void>} how the locks that this tab has are let go */
    this.held = new Map();
  }

  /** Have a text open. @param {string} name */
  hold(name) {
    if (this.held.has(name)) return;
    /** @type {Promise<void>} */
    const closed = new Promise((resolve) => this.held.set(name, resolve));
    navigator.locks?.request(this.prefix + name, () => closed).catch(() => undefined);
  }

  /** Have it open no longer. @param {string} name */
  release(name) {
    this.held.get(name)?.();
    this.held.delete(name);
  }

  /** Do something as soon as no tab has a text open; not at all while this one has. @param {string} name @param {() => Promise<void>} act */
  whenFree(name, act) {
    if (this.held.has(name)) return;
    if (navigator.locks) navigator.locks.request(this.prefix + name, act).catch(() => undefined);
    else void act();
  }
}
