// @ts-check
// What time it is, by the server's clock where this device's differs.

/** Differences below are of the network, not of the clock. */
const IGNORED_SECONDS = 5;
/** Differences beyond are said to the person. */
export const SAID_SECONDS = 120;

export class Clock {
  constructor() {
    /** Seconds by which this device is ahead of the server. */
    this.skew = 0;
  }

  /** @returns {number} milliseconds since 1970, by the server's clock */
  now() {
    return Date.now() - this.skew * 1000;
  }

  /** Compare with a `Date` header, which has whole seconds. Return whether a person should hear of the difference now. @param {string | null} date @param {number} [here] @returns {boolean} */
  compare(date, here = Date.now()) {
    const server = Date.parse(date ?? "");
    if (Number.isNaN(server)) return false;
    const ahead = Math.round((here - server) / 1000);
    const wasSaid = Math.abs(this.skew) > SAID_SECONDS;
    this.skew = Math.abs(ahead) > IGNORED_SECONDS ? ahead : 0;
    return !wasSaid && Math.abs(this.skew) > SAID_SECONDS;
  }
}
