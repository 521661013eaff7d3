// @ts-check
// Single keys: matched by what they write, or by where they are when the layout writes no Latin letter.

const SEQUENCE_MS = 1200;

/** Return the letter or name that a key means, whatever the layout. @param {KeyboardEvent} event @returns {string} */
export function keyName(event) {
  const isForeignLetter = event.key.length === 1 && /\p{L}/u.test(event.key) && !/[a-z]/i.test(event.key);
  if (isForeignLetter && /^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
  return event.key;
}

/** Whether keys are text where the focus is. @param {EventTarget | null} target @returns {boolean} */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export class Keys {
  /** @param {Array<{keys: string[], run: (key: string) => void}>} commands */
  constructor(commands) {
    /** @type {Map<string, (key: string) => void>} */
    this.table = new Map(commands.flatMap(({ keys, run }) => keys.map((key) => /** @type {[string, any]} */ ([key, run]))));
    this.prefix = "";
    this.since = 0;
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && keyName(event) === "z";
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target) || (!isUndo && (event.ctrlKey || event.metaKey || event.altKey))) return;
    const name = isUndo ? "Ctrl-z" : keyName(event);
    const prefix = event.timeStamp - this.since < SEQUENCE_MS ? this.prefix : "";
    this.prefix = "";
    const run = this.table.get(prefix ? `${prefix} ${name}` : name);
    if (!prefix && name === "g") Object.assign(this, { prefix: "g", since: event.timeStamp });
    else if (run && !(name === " " && event.target instanceof HTMLButtonElement && !event.target.closest("[data-row]"))) {
      if (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(name)) return;
      event.preventDefault();
      run(name);
    }
  }
}
