/** What follows from the coach's newest state, for the page and for the recording. Touches nothing. */

/** @typedef {import("./wire.js").Coach} Coach */

/**
 * A sentence of the page itself; `bad` where something is wrong.
 * @typedef {{ sentence: string, bad: boolean }} Notice
 */

const WALKING_RATE = 24; // frames a second that a walk's times need

/**
 * The sentences of a text, so that lines end between them.
 * @param {string} text
 */
export function sentencesOf(text) {
  return text.split(/(?<=。)|(?<=[.!?])\s+(?=[A-Z])/).filter(Boolean);
}

/**
 * What the page says: its own notice first, then what is wrong with the view, then the coach's sentence.
 * @param {Coach | null} coach
 * @param {Notice | null} notice
 * @param {(code: string | null | undefined) => string} sentence the words of what the coach says
 */
export function messageOf(coach, notice, sentence) {
  const text = notice?.sentence ?? coach?.problem?.text ?? sentence(coach?.say);
  return { text, bad: notice ? notice.bad : Boolean(coach?.problem) };
}

/**
 * What the ring shows: how full it is in hundredths, and what stands in it; null = no ring.
 * @param {Pick<Coach, "ring" | "count">} coach
 */
export function ringOf({ ring, count }) {
  if (ring === null && count === null) {
    return null;
  }
  const full = ring === null ? 0 : Math.round(ring * 200) / 2;
  return { full, text: count === null ? (full >= 100 ? "✓" : "") : String(count) };
}

/**
 * What a key or button means in a phase; `care` is the mark that the bend may be done again.
 * @param {"go" | "redo" | "pause" | "skip"} action
 * @param {string | undefined} phase
 * @returns {"care" | "start" | "redo" | "resume" | "pause" | "skip"}
 */
export function markOf(action, phase) {
  if (action === "go") {
    if (phase === "waiting") {
      return "care";
    }
    return phase === "recording" || phase === "rest" ? "redo" : "start";
  }
  if (action === "pause") {
    return phase === "paused" ? "resume" : "pause";
  }
  return action;
}

/**
 * Whether a page that is no longer looked at has something to pause.
 * @param {string | undefined} phase
 */
export function canPause(phase) {
  return phase !== undefined && phase !== "paused" && phase !== "done";
}

/**
 * What is to be done with the recording, in this order.
 * @param {Pick<Coach, "step" | "take" | "recording" | "dropped_take" | "steps">} coach
 * @param {{ step: string | null, take: number } | null} held what is being recorded here
 * @returns {("end" | "drop" | "begin")[]}
 */
export function recordingOf(coach, held) {
  if (held !== null && held.step !== coach.step) {
    // we were away when it ended: what the server counts as done is sent, the rest is void
    const done = coach.steps.find(({ id }) => id === held.step)?.state === "done";
    return [done ? "end" : "drop", ...recordingOf(coach, null)];
  }
  if (held !== null && held.take === coach.dropped_take) {
    return ["drop", ...recordingOf(coach, null)];
  }
  if (coach.recording) {
    return held?.take === coach.take ? [] : ["begin"];
  }
  return held === null ? [] : ["end"];
}

/**
 * Whether a tone is heard: the first state after a reload tells of one that was heard already.
 * @param {number} newest
 * @param {number | null} last null = none was told of yet
 */
export function isToneNew(newest, last) {
  return newest !== last && (last !== null || newest <= 1);
}

/**
 * Whether this device is too busy for all of it: then the recording, which is measured, goes first.
 * @param {boolean} recording
 * @param {number} inflight frames that are with the server
 * @param {number | null} rate frames a second that the camera delivers; null = not known yet
 */
export function isShort(recording, inflight, rate) {
  return recording && inflight > 0 && rate !== null && rate < WALKING_RATE;
}
