// Frames of a recording by their times. Touches nothing of the page.

/**
 * The frame that is shown at a time: the nearest one.
 * @param {number[]} times rising
 * @param {number} time
 */
export function frameAt(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return Math.abs(times[high] - time) < Math.abs(times[low] - time) ? high : low;
}

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
