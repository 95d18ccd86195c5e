// Frames of a recording by their times. Touches nothing of the page.

/**
 * A frame as many frames away; it stays among those that there are.
 * @param {number[]} times
 * @param {number} frame
 * @param {number} by
 */
export function stepped(times, frame, by) {
  return Math.min(times.length - 1, Math.max(0, frame + by));
}

/**
 * Where a film that begins with the first frame shows another one: a little after its beginning, so
 * that no rounding shows the one before.
 * @param {number[]} times
 * @param {number} frame
 */
export function filmTime(times, frame) {
  const next = Math.min(frame + 1, times.length - 1);
  return times[frame] - times[0] + (times[next] - times[frame]) / 4;
}

/**
 * The share of the way from the first to the last frame, 0 to 1.
 * @param {number[]} times
 * @param {number} time
 */
export function shareOf(times, time) {
  const whole = times[times.length - 1] - times[0];
  return whole > 0 ? Math.min(1, Math.max(0, (time - times[0]) / whole)) : 0;
}

/**
 * What was typed as a time; null where it is none.
 * @param {string} typed
 */
export function secondsOf(typed) {
  const found = Number(typed.trim().replace(",", "."));
  return typed.trim() === "" || !Number.isFinite(found) ? null : found;
}
