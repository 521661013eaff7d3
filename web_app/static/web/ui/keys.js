// @ts-check
// Keys: matched by what they write, or by where they are when the layout writes no Latin letter.

const SEQUENCE_MS = 1200;
/** Keys that go on while they are held down. */
const REPEATED = new Set(["j", "k", "J", "K", "ArrowDown", "ArrowUp", "Shift-ArrowDown", "Shift-ArrowUp"]);

/** Return the letter or name that a key means, whatever the layout. */
export function keyName(event) {
  const isForeignLetter = event.key.length === 1 && /\p{L}/u.test(event.key) && !/[a-z]/i.test(event.key);
  const name = isForeignLetter && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
  // Capitals are what Shift makes, not Caps Lock.
  return /^[a-z]$/i.test(name) ? (event.shiftKey ? name.toUpperCase() : name.toLowerCase()) : name;
}

/** Whether keys are text where the focus is. */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The name of a key with what is held with it, as the table has it. */
function combination(event) {
  const name = keyName(event);
  if ((event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph")) return `Ctrl-${event.shiftKey ? name.toUpperCase() : name.toLowerCase()}`;
  return event.shiftKey && name.length > 1 ? `Shift-${name}` : name;
}

export class Keys {
  constructor(commands) {
    this.table = new Map(commands.flatMap(({ keys, run }) => keys.map((key) => /** @type {[string, any]} */ ([key, run]))));
    /** Single keys can be switched off: who speaks to the computer would press them by words (WCAG 2.1.4). */
    this.isOn = true;
    this.prefix = "";
    this.since = 0;
    /** @type {string[] | null} the keys that wait for what is about to open */
    this.held = null;
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** What is pressed from now on is for what is about to open. */
  hold() {
    this.held ??= [];
  }

  /** It is open: give it what was pressed meanwhile, key by key, as it shows what each has done. */
  async release() {
    for (let key = this.held?.shift(); key; key = this.held?.shift()) {
      pressAgain(key);
      await new Promise((resolve) => { setTimeout(resolve); });
    }
    this.held = null;
  }

  /** Whether a key is the second of two, or not to be one of a row at all. */
  isOurs(event) {
    const isSecond = Boolean(this.prefix) && event.timeStamp - this.since < SEQUENCE_MS;
    return isSecond || !this.isOn || event.ctrlKey || event.metaKey || isWithAlt(event);
  }

  keep(event) {
    if (event.ctrlKey || event.metaKey || event.key === "Shift") return;
    event.preventDefault();
    this.held?.push(event.key);
  }

  press(event) {
    if (event.defaultPrevented || event.isComposing || isWithAlt(event) || document.querySelector("dialog[open]")) return;
    if (this.held && event.isTrusted) return this.keep(event);
    const name = combination(event);
    if (name !== "Ctrl-k" && isTyping(event.target)) return;
    if (name.length === 1 && name !== " " && !this.isOn) return;
    const prefix = event.timeStamp - this.since < SEQUENCE_MS ? this.prefix : "";
    this.prefix = "";
    const run = this.table.get(prefix ? `${prefix} ${name}` : name);
    if (!prefix && name === "g") Object.assign(this, { prefix: "g", since: event.timeStamp });
    else if (run && !isOwnKey(event, name)) {
      if (event.repeat && !REPEATED.has(name)) return;
      event.preventDefault();
      run(name.slice(-1));
    }
  }
}

/** Press a key where the focus is now. */
function pressAgain(key) {
  const target = document.activeElement ?? document.body;
  const isFree = target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  if (key === "Escape") target.closest("dialog")?.close();
  if (!isFree || key.length > 1 || !(target instanceof HTMLInputElement)) return;
  target.value += key;
  target.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Whether Alt is held, and not as the key that writes brackets on many keyboards. */
const isWithAlt = (event) => event.altKey && !event.getModifierState("AltGraph");

/** Whether a control that is no row has its own use for this key. */
function isOwnKey({ target }, name) {
  if (!(target instanceof HTMLElement) || (name !== " " && name !== "Enter")) return false;
  const isRow = target.matches("[data-row] .title:not(a), [data-row] .done");
  return !isRow && target.matches("button, a, summary, input, select");
}
