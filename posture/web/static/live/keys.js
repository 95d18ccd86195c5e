/** The trainer's keys, and what a presenter remote sends. */

/** @typedef {"go" | "redo" | "pause" | "skip" | "fullscreen" | "sound"} Action */

// Remotes send the keys of a slide show: next, back, black screen.
/** @type {Record<string, Action>} */
const KEYS = {
  " ": "go",
  Enter: "go",
  PageDown: "go",
  PageUp: "redo",
  ArrowRight: "go",
  ArrowLeft: "redo",
  ".": "pause",
  b: "pause",
  p: "pause",
  r: "redo",
  s: "skip",
  f: "fullscreen",
  m: "sound",
};

const REPEAT_MS = 700; // two presses nearer to each other are one press that bounced

/**
 * Whether the key belongs to what has the focus: a field, or a button that Space and Enter press.
 * @param {EventTarget | null} target
 * @param {string} key
 */
function isTaken(target, key) {
  if (!(target instanceof Element)) {
    return false;
  }
  if (target.closest("dialog, select, textarea")) {
    return true;
  }
  if (target.closest("input:not([type=checkbox], [type=radio])")) {
    return true;
  }
  return Boolean(target.closest("button, a, summary, input")) && [" ", "Enter"].includes(key);
}

/**
 * Calls `onAction` with what a key stands for.
 * @param {(action: Action) => void} onAction
 */
export function listenToKeys(onAction) {
  /** @type {{ action: Action | null, at: number }} */
  const last = { action: null, at: -Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = KEYS[key];
    if (!action || isTaken(event.target, event.key)) {
      return;
    }
    event.preventDefault();
    if (event.repeat || (last.action === action && event.timeStamp - last.at < REPEAT_MS)) {
      return;
    }
    Object.assign(last, { action, at: event.timeStamp });
    onAction(action);
  });
}
