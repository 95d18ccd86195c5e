// Courses over time under a video: moving in one moves in the other; keys move both.
import { across, down, nearest, path, range, secondsApart, timeAt } from "./scale.js";
import { isSaid, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NARROWEST = 280;
const HEIGHT = 240;
const LEFT = 44;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 26;
const AT_FIRST = 2; // curves shown before anybody chose
const COLOURS = 6;

// What is looked at first, in this order; the rest can be added.
const ORDER = [
  "pelvis_on_thigh_flexion",
  "lumbar_flexion",
  "pelvic_rotation",
  "leg_raise_angle",
  "ankle_dorsiflexion",
  "foot_pitch",
  "spine_flexion",
  "knee_bend",
  "trunk_inclination",
  "knee_flexion",
  "thoracic_flexion",
  "trunk_flexion",
  "shank_inclination",
  "thigh_inclination",
  "leg_inclination",
  "sacral_inclination",
  "thoracolumbar_inclination",
  "upper_thorax_inclination",
];

/**
 * A course of the recording's JSON: null where nothing is known.
 * @typedef {object} Signal
 * @property {string} name
 * @property {"left" | "right" | "both" | null} side
 * @property {string} unit
 * @property {(number | null)[]} value
 */

/**
 * A curve and what the page shows of it.
 * @typedef {object} Row
 * @property {Signal} signal
 * @property {string} name
 * @property {boolean} shown
 * @property {string} colour
 * @property {HTMLElement} now its value of the moment
 */

/**
 * Draw the curves of a recording into a place; null where there is nothing to draw.
 * @param {HTMLElement} place
 * @param {HTMLVideoElement | null} video linked to them; null = a picture only
 * @returns {Promise<Plot | null>}
 */
export async function curves(place, video) {
  const response = await fetch(place.dataset.curves ?? "");
  if (!response.ok) {
    return null;
  }
  /** @type {{ start_s: number, time_s: number[], signals: Signal[] }} */
  const { start_s: start, time_s: times, signals } = await response.json();
  const known = signals
    .filter((signal) => signal.unit === "deg" && signal.value.some((v) => v !== null))
    .filter((signal) => nameOf(signal) !== null)
    .sort((a, b) => rank(a) - rank(b));
  if (known.length === 0 || times.length < 2) {
    return null;
  }
  const plot = new Plot(
    place,
    times.map((time) => time - start),
    known,
  );
  if (video !== null) {
    link(plot, video);
  }
  return plot;
}

/** @param {Signal} signal */
function rank(signal) {
  const at = ORDER.indexOf(signal.name);
  return at < 0 ? ORDER.length : at;
}

/**
 * The name of a course, or null where it has none for readers.
 * @param {Signal} signal
 */
function nameOf(signal) {
  const key = `pages_js_signal_${signal.name}`;
  if (!isSaid(key)) {
    return null;
  }
  const name = t(key);
  if (signal.side === "left") {
    return t("pages_js_signal_left", { name });
  }
  return signal.side === "right" ? t("pages_js_signal_right", { name }) : name;
}

let plots = 0;

export class Plot {
  /**
   * @param {HTMLElement} place
   * @param {number[]} times rising, from 0
   * @param {Signal[]} signals
   */
  constructor(place, times, signals) {
    this.times = times;
    this.end = times[times.length - 1];
    this.at = 0;
    /** @type {(time: number) => void} */
    this.moved = () => {};
    const several = new Set(signals.map((signal) => signal.side)).size > 1;
    /** @type {Row[]} */
    this.rows = signals.map((signal, number) => ({
      signal,
      name: nameOf(several ? signal : { ...signal, side: "both" }) ?? signal.name,
      shown: number < AT_FIRST,
      colour: `c${number % COLOURS}`,
      now: document.createElement("span"),
    }));
    this.width = NARROWEST;
    plots += 1;
    this.clip = `plot-${plots}`;
    this.cursor = svg("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
    this.svg = svg("svg", { class: "plot", tabindex: "0" });
    this.svg.setAttribute("role", "slider");
    this.svg.setAttribute("aria-label", t("pages_js_curves"));
    this.svg.setAttribute("aria-valuemin", "0");
    this.svg.setAttribute("aria-valuemax", this.end.toFixed(1));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      this.point(event);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (event.buttons > 0) {
        this.point(event);
      }
    });
    place.append(this.svg, this.choices());
    // drawn at the size it is shown, so that letters are as large on a phone as anywhere
    new ResizeObserver(() => {
      this.width = Math.max(NARROWEST, place.clientWidth);
      this.draw();
    }).observe(place);
    this.draw();
  }

  choices() {
    const box = document.createElement("fieldset");
    box.className = "choices";
    const legend = document.createElement("legend");
    legend.className = "visually-hidden";
    legend.textContent = t("pages_js_curves_choose");
    box.append(legend);
    for (const row of this.rows) {
      const label = document.createElement("label");
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = row.shown;
      tick.addEventListener("change", () => {
        row.shown = tick.checked;
        this.draw();
      });
      const swatch = svg("svg", { class: "swatch", viewBox: "0 0 26 12", "aria-hidden": "true" });
      swatch.append(svg("line", { class: row.colour, x1: 0, y1: 6, x2: 26, y2: 6 }));
      row.now.className = "now";
      label.append(tick, swatch, document.createTextNode(row.name), row.now);
      box.append(label);
    }
    return box;
  }

  /** @returns {import("./scale.js").Frame} */
  get frame() {
    return {
      width: this.width,
      height: HEIGHT,
      left: LEFT,
      right: RIGHT,
      top: TOP,
      bottom: BOTTOM,
    };
  }

  draw() {
    const shown = this.rows.filter((row) => row.shown);
    const values = shown.flatMap((row) => row.signal.value).filter((value) => value !== null);
    const [low, high, step] = range(values);
    const { frame } = this;
    const x = (/** @type {number} */ time) => across(frame, this.end, time);
    const y = (/** @type {number} */ value) => down(frame, low, high, value);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren();
    for (let value = low; value <= high + 1e-9; value += step) {
      const kind = Math.abs(value) < 1e-9 ? "zero" : "axis";
      this.svg.append(
        svg("line", { class: kind, x1: LEFT, y1: y(value), x2: this.width - RIGHT, y2: y(value) }),
      );
      this.write(`${Math.round(value)}°`, LEFT - 6, y(value) + 4, "end");
    }
    const every = secondsApart(this.end, this.width);
    for (let time = 0; time <= this.end; time += every) {
      this.write(t("pages_js_seconds", { seconds: time }), x(time), HEIGHT - 6, "middle");
    }
    // a spike runs out of the picture instead of flattening all the rest
    const inside = svg("clipPath", { id: this.clip });
    inside.append(
      svg("rect", {
        x: LEFT,
        y: TOP,
        width: this.width - LEFT - RIGHT,
        height: HEIGHT - TOP - BOTTOM,
      }),
    );
    this.svg.append(inside);
    for (const row of shown) {
      this.svg.append(
        svg("path", {
          class: `curve ${row.colour}`,
          "clip-path": `url(#${this.clip})`,
          d: path(this.times, row.signal.value, x, y),
        }),
      );
    }
    this.svg.append(this.cursor);
    this.show(this.at);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {"middle" | "end"} anchor
   */
  write(text, x, y, anchor) {
    const written = svg("text", { x, y, "text-anchor": anchor });
    written.textContent = text;
    this.svg.append(written);
  }

  /**
   * Show a moment, without telling the video.
   * @param {number} time
   */
  show(time) {
    this.at = Math.min(this.end, Math.max(0, time));
    const x = String(across(this.frame, this.end, this.at));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const at = nearest(this.times, this.at);
    const told = [];
    for (const row of this.rows) {
      const value = row.signal.value[at];
      const text = value === null ? "–" : `${Math.round(value)}°`;
      row.now.textContent = row.shown ? text : "";
      if (row.shown) {
        told.push(`${row.name} ${text}`);
      }
    }
    this.svg.setAttribute("aria-valuenow", this.at.toFixed(1));
    const seconds = t("pages_js_seconds", { seconds: this.at.toFixed(1) });
    this.svg.setAttribute("aria-valuetext", [seconds, ...told].join(", "));
  }

  /** @param {number} time */
  move(time) {
    this.show(time);
    this.moved(this.at);
  }

  /** @param {PointerEvent} event */
  point(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    this.move(timeAt(this.frame, this.end, x));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: -0.1,
      ArrowDown: -0.1,
      ArrowRight: 0.1,
      ArrowUp: 0.1,
      PageDown: -1,
      PageUp: 1,
      Home: -this.end,
      End: this.end,
    };
    if (event.key in steps) {
      event.preventDefault();
      this.move(this.at + steps[event.key]);
    }
  }
}

/**
 * Keep a plot and a video at the same moment.
 * @param {Plot} plot
 * @param {HTMLVideoElement} video
 */
function link(plot, video) {
  plot.moved = (time) => {
    video.pause();
    video.currentTime = time;
  };
  video.addEventListener("timeupdate", () => plot.show(video.currentTime));
  video.addEventListener("seeked", () => plot.show(video.currentTime));
  const follow = () => {
    plot.show(video.currentTime);
    if (!video.paused && !video.ended) {
      requestAnimationFrame(follow);
    }
  };
  video.addEventListener("play", follow);
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  return made;
}
