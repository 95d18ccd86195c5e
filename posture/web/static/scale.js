// Where the values of a course over time come to lie in its picture. Touches nothing of the page.

// Ours: a spike is at most this share of the values, at either end, and this far from the others.
const SPIKE = 0.12;
const SPIKE_DEG = 30;

/** Values over time; null where nothing is known.
 * @typedef {(number | null)[]} Values
 */

/** Units of the picture: its size, and what its scales take of it at each side.
 * @typedef {{ width: number, height: number, left: number, right: number, top: number, bottom: number }} Frame
 */

/**
 * Return round ends about the values, and the distance of the lines between.
 * @param {number[]} values
 * @returns {[low: number, high: number, step: number]}
 */
export function range(values) {
  if (values.length === 0) {
    return [0, 90, 30];
  }
  const sorted = [...values].sort((a, b) => a - b);
  const least = Math.min(0, end(sorted, SPIKE));
  const most = Math.max(0, end(sorted, 1 - SPIKE));
  const step = [5, 10, 15, 20, 30, 45, 60, 90].find((each) => (most - least) / each <= 5) ?? 90;
  const low = Math.floor(least / step) * step;
  const high = Math.ceil(most / step) * step;
  return [low, high > low ? high : low + step, step];
}

/**
 * The end of the scale: the last value, unless what lies beyond a share of all is far away.
 * @param {number[]} sorted
 * @param {number} share
 */
function end(sorted, share) {
  const at = (/** @type {number} */ part) => sorted[Math.round(part * (sorted.length - 1))];
  const last = at(share < 0.5 ? 0 : 1);
  const inner = at(share);
  const usual = at(1 - SPIKE) - at(SPIKE);
  return Math.abs(last - inner) > Math.max(SPIKE_DEG, usual) ? inner : last;
}

/**
 * Return the seconds between the times written under a course: each has its room.
 * @param {number} end_s
 * @param {number} width
 */
export function secondsApart(end_s, width) {
  return [0.5, 1, 2, 5, 10, 20, 30, 60].find((each) => end_s / each <= width / 70) ?? 120;
}

/**
 * Return how far across a time lies.
 * @param {Frame} frame
 * @param {number} end_s the last time; the first is 0
 * @param {number} time_s
 */
export function across(frame, end_s, time_s) {
  return frame.left + (time_s / end_s) * (frame.width - frame.left - frame.right);
}

/**
 * Return the time that lies so far across: the inverse of `across`.
 * @param {Frame} frame
 * @param {number} end_s
 * @param {number} x
 */
export function timeAt(frame, end_s, x) {
  return ((x - frame.left) / (frame.width - frame.left - frame.right)) * end_s;
}

/**
 * Return how far down a value lies.
 * @param {Frame} frame
 * @param {number} low
 * @param {number} high
 * @param {number} value
 */
export function down(frame, low, high, value) {
  return frame.top + ((high - value) / (high - low)) * (frame.height - frame.top - frame.bottom);
}

/**
 * Return a course as the `d` of an SVG path; the pen is lifted where nothing is known.
 * @param {number[]} times
 * @param {Values} values
 * @param {(time: number) => number} x
 * @param {(value: number) => number} y
 */
export function path(times, values, x, y) {
  let drawn = "";
  let pen = "M";
  values.forEach((value, at) => {
    if (value === null) {
      pen = "M";
      return;
    }
    drawn += `${pen}${x(times[at]).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  });
  return drawn;
}

/**
 * Return the place of the time that is nearest to another; the later one of two as near.
 * @param {number[]} times rising
 * @param {number} time
 */
export function nearest(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (times[middle] < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
}
