/** What the coach knows becomes what the page shows. */

import { part, within } from "../dom.js";
import { t } from "../words.js";
import { messageOf, ringOf, sentencesOf } from "./decide.js";

/** @typedef {import("./wire.js").Coach} Coach */
/** @typedef {import("./wire.js").Step} Step */

const STATUS_EVERY_MS = 1000; // a screen reader that is told more often never finishes a sentence
const SIZES = [1, 0.86, 0.74, 0.63, 0.54, 0.46];
const MARKS = { todo: "", now: "●", done: "✓", skipped: "–" };

const $ = (/** @type {string} */ id) => part(id, HTMLElement);

/**
 * A sentence or a name that another part of the program brings; its key itself would help nobody.
 * @param {string} key
 */
function said(key, otherwise = "") {
  try {
    return t(key);
  } catch {
    return otherwise;
  }
}

/** @param {string | null | undefined} code */
export function coachSentence(code) {
  return code ? said(`live_say_${code}`) : "";
}

/** @param {string | null} step */
export function stepName(step) {
  return step ? said(`liveserver_step_${step}`, step) : "";
}

/**
 * One element a sentence, so that lines end between them.
 * @param {string} text
 */
function sentences(text) {
  const all = document.createElement("span");
  for (const sentence of sentencesOf(text)) {
    const one = document.createElement("span");
    one.textContent = sentence;
    all.append(one, " ");
  }
  return all;
}

/** A polite region: the newest text only, at most once a second, and never twice the same. */
class Status {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.text = "";
    this.last = -Infinity;
    /** @type {number | null} */
    this.timer = null;
  }

  /** @param {string} text */
  set(text) {
    this.text = text;
    if (this.timer !== null) {
      return;
    }
    const waitMs = Math.max(0, this.last + STATUS_EVERY_MS - performance.now());
    this.timer = setTimeout(() => this.#tell(), waitMs);
  }

  #tell() {
    this.timer = null;
    this.last = performance.now();
    if (this.element.textContent !== this.text) {
      this.element.textContent = this.text;
    }
  }
}

export class View {
  constructor() {
    this.sentence = $("sentence");
    this.status = new Status($("status"));
    /** @type {Record<string, unknown>} */
    this.shown = {};
    /** @type {import("./decide.js").Notice | null} */
    this.notice = null;
    this.noticeTimer = 0;
    /** @type {Coach | null} */
    this.coach = null;
    new ResizeObserver(() => this.#fit()).observe(this.sentence);
  }

  /**
   * Sets what changed only: at 30 results in a second most of them change nothing here.
   * @param {string} name
   * @param {unknown} value
   */
  #changed(name, value) {
    if (this.shown[name] === value) {
      return false;
    }
    this.shown[name] = value;
    return true;
  }

  /** @param {"connecting" | "live" | "lost" | "refused"} live */
  state(live) {
    document.body.dataset.live = live;
  }

  /** @param {Coach} coach */
  render(coach) {
    this.coach = coach;
    document.body.dataset.phase = coach.phase;
    document.body.dataset.step = coach.step ?? "";
    this.#steps(coach.steps, coach.recording);
    this.#ring(coach);
    this.#numbers(coach.numbers);
    this.#controls(coach.phase);
    if (this.#changed("recording", coach.recording)) {
      $("recording").hidden = !coach.recording;
    }
    if (this.#changed("care", coach.phase === "waiting")) {
      $("pane-care").hidden = coach.phase !== "waiting";
    }
    this.#say();
  }

  /** @param {Step[]} steps */
  steps(steps) {
    this.#steps(steps, false);
  }

  /**
   * A sentence of the page itself, which goes before the coach's; for a while, or until it is taken back.
   * @param {string | null} sentence
   * @param {{ forMs?: number, bad?: boolean }} [how]
   */
  tell(sentence, { forMs = 0, bad = true } = {}) {
    clearTimeout(this.noticeTimer);
    this.notice = sentence ? { sentence, bad } : null;
    if (sentence && forMs) {
      this.noticeTimer = setTimeout(() => this.tell(null), forMs);
    }
    this.#say();
  }

  /**
   * A trouble that must be answered first; null takes it away.
   * @param {string | null} sentence
   */
  trouble(sentence) {
    $("pane-trouble").hidden = !sentence;
    $("trouble-text").textContent = sentence ?? "";
    if (sentence) {
      $("pane-start").hidden = true;
    }
    $("picture").classList.toggle("troubled", Boolean(sentence));
  }

  /** @param {string} text */
  rate(text) {
    if (this.#changed("rate", text)) {
      $("rate").textContent = text;
    }
  }

  #say() {
    const { text, bad } = messageOf(this.coach, this.notice, coachSentence);
    if (this.#changed("sentence", text)) {
      this.sentence.replaceChildren(sentences(text));
      this.#fit();
    }
    if (this.#changed("bad", bad)) {
      this.sentence.classList.toggle("problem", bad);
    }
    // the sentence stands large above; the line tells only a screen reader again
    this.status.set([this.#where(), text].filter(Boolean).join(" "));
    const where = this.#where().replace(/:$/, "");
    if (this.#changed("where", where)) {
      $("where").textContent = where;
    }
  }

  /** "2/3 Forward bend:" */
  #where() {
    const { coach } = this;
    if (!coach?.step) {
      return "";
    }
    return t("page_live_where", {
      index: coach.index + 1,
      of: coach.of,
      step: stepName(coach.step),
    });
  }

  /** As large as it fits, from a fourteenth of the height down. */
  #fit() {
    const { sentence } = this;
    const text = sentence.firstElementChild;
    if (!(text instanceof HTMLElement)) {
      return;
    }
    for (const size of SIZES) {
      sentence.style.setProperty("--fit", String(size));
      if (text.offsetHeight <= sentence.clientHeight && text.scrollWidth <= sentence.clientWidth) {
        return;
      }
    }
  }

  /**
   * @param {Step[]} steps
   * @param {boolean} recording
   */
  #steps(steps, recording) {
    if (!this.#changed("steps", JSON.stringify([steps, recording]))) {
      return;
    }
    const items = steps.map(({ id, state }, index) => {
      const item = document.createElement("li");
      item.className = state;
      if (state === "now") {
        item.setAttribute("aria-current", "step");
      }
      const name = document.createElement("span");
      name.textContent = `${index + 1} ${stepName(id)}`;
      const mark = document.createElement("span");
      mark.className = "mark";
      mark.textContent = MARKS[state] ?? "";
      mark.setAttribute("aria-label", said(`page_live_step_${state}`));
      mark.setAttribute("role", "img");
      item.append(name, ...(MARKS[state] ? [mark] : []));
      return item;
    });
    $("steps").replaceChildren(...items);
    // on a phone the list is a strip that scrolls sideways
    const now = $("steps").querySelector(".now");
    if (now instanceof HTMLElement) {
      $("steps").scrollTo({ left: now.offsetLeft - 24 });
    }
  }

  /** @param {Coach} coach */
  #ring(coach) {
    const ring = ringOf(coach);
    if (this.#changed("ringShown", ring !== null)) {
      part("ring", SVGElement).toggleAttribute("hidden", ring === null);
    }
    if (ring === null) {
      return;
    }
    if (this.#changed("ringFull", ring.full)) {
      part("ring-full", SVGElement).setAttribute("stroke-dasharray", `${ring.full} 100`);
    }
    if (this.#changed("ringText", ring.text)) {
      part("ring-text", SVGElement).textContent = ring.text;
    }
    const { phase } = coach;
    if (this.#changed("ringReady", phase === "ready")) {
      part("ring", SVGElement).classList.toggle("ready", phase === "ready");
    }
  }

  /** @param {Coach["numbers"]} numbers */
  #numbers(numbers) {
    if (!this.#changed("numbers", JSON.stringify(numbers))) {
      return;
    }
    const parts = numbers.map(({ key, text, error }) => {
      const name = document.createElement("dt");
      name.textContent = said(`liveserver_number_${key}`, key);
      const value = document.createElement("dd");
      const doubt = document.createElement("small");
      doubt.textContent = error ?? "";
      value.append(text, " ", doubt);
      const pair = document.createElement("div");
      pair.append(name, value);
      return pair;
    });
    $("numbers").replaceChildren(...parts);
    $("numbers-note").hidden = !numbers.length;
  }

  /** @param {string} phase */
  #controls(phase) {
    if (!this.#changed("phase", phase)) {
      return;
    }
    const over = phase === "done";
    for (const id of ["pause", "redo", "skip"]) {
      part(id, HTMLButtonElement).disabled = over;
    }
    within($("pause"), "span", HTMLElement).textContent = t(
      phase === "paused" ? "page_live_resume" : "page_live_pause",
    );
    $("pause").setAttribute("aria-pressed", String(phase === "paused"));
  }
}
