/** What the coach knows becomes what the page shows. */

import { t } from "/static/words.js";

const STATUS_EVERY_MS = 1000; // a screen reader that is told more often never finishes a sentence
const SIZES = [1, 0.86, 0.74, 0.63, 0.54, 0.46];
const MARKS = { todo: "", now: "●", done: "✓", skipped: "–" };

const $ = (id) => document.getElementById(id);

/** A sentence or a name that another part of the program brings; its key itself would help nobody. */
function said(key, otherwise = "") {
  try {
    return t(key);
  } catch {
    return otherwise;
  }
}

export function coachSentence(code) {
  return code ? said(`live_say_${code}`) : "";
}

export function stepName(step) {
  return step ? said(`liveserver_step_${step}`, step) : "";
}

/** One element a sentence, so that lines end between them. */
function sentences(text) {
  const all = document.createElement("span");
  for (const part of text.split(/(?<=。)|(?<=[.!?])\s+(?=[A-Z])/)) {
    const one = document.createElement("span");
    one.textContent = part;
    all.append(one, " ");
  }
  return all;
}

/** A polite region: the newest text only, at most once a second, and never twice the same. */
class Status {
  constructor(element) {
    this.element = element;
    this.last = -Infinity;
    this.timer = null;
  }

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
    this.shown = {};
    this.notice = null;
    this.noticeTimer = null;
    this.coach = null;
    new ResizeObserver(() => this.#fit()).observe(this.sentence);
  }

  /** Sets what changed only: at 30 results in a second most of them change nothing here. */
  #changed(name, value) {
    if (this.shown[name] === value) {
      return false;
    }
    this.shown[name] = value;
    return true;
  }

  state(live) {
    document.body.dataset.live = live;
  }

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

  steps(steps) {
    this.#steps(steps, false);
  }

  /** A sentence of the page itself, which goes before the coach's; for a while, or until it is taken back. */
  tell(sentence, { forMs = null, bad = true } = {}) {
    clearTimeout(this.noticeTimer);
    this.notice = sentence ? { sentence, bad } : null;
    if (sentence && forMs) {
      this.noticeTimer = setTimeout(() => this.tell(null), forMs);
    }
    this.#say();
  }

  /** A trouble that must be answered first; null takes it away. */
  trouble(sentence) {
    $("pane-trouble").hidden = !sentence;
    $("trouble-text").textContent = sentence ?? "";
    if (sentence) {
      $("pane-start").hidden = true;
    }
    $("picture").classList.toggle("troubled", Boolean(sentence));
  }

  rate(text) {
    if (this.#changed("rate", text)) {
      $("rate").textContent = text;
    }
  }

  #say() {
    const { coach, notice } = this;
    const text = notice?.sentence ?? coach?.problem?.text ?? coachSentence(coach?.say);
    const bad = notice ? notice.bad : Boolean(coach?.problem);
    if (this.#changed("sentence", text)) {
      this.sentence.replaceChildren(sentences(text));
      this.#fit();
    }
    if (this.#changed("bad", bad)) {
      this.sentence.classList.toggle("problem", bad);
    }
    this.status.set([this.#where(), text].filter(Boolean).join(" "));
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
    if (!text) {
      return;
    }
    for (const size of SIZES) {
      sentence.style.setProperty("--fit", String(size));
      if (text.offsetHeight <= sentence.clientHeight && text.scrollWidth <= sentence.clientWidth) {
        return;
      }
    }
  }

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
    if (now) {
      $("steps").scrollTo({ left: now.offsetLeft - 24 });
    }
  }

  #ring({ ring, count, phase }) {
    const shown = ring !== null || count !== null;
    if (this.#changed("ringShown", shown)) {
      $("ring").toggleAttribute("hidden", !shown);
    }
    if (!shown) {
      return;
    }
    const full = ring === null ? 0 : Math.round(ring * 200) / 2;
    if (this.#changed("ringFull", full)) {
      $("ring-full").setAttribute("stroke-dasharray", `${full} 100`);
    }
    const text = count ?? (full >= 100 ? "✓" : "");
    if (this.#changed("ringText", text)) {
      $("ring-text").textContent = text;
    }
    if (this.#changed("ringReady", phase === "ready")) {
      $("ring").classList.toggle("ready", phase === "ready");
    }
  }

  #numbers(numbers) {
    if (!this.#changed("numbers", JSON.stringify(numbers))) {
      return;
    }
    const parts = numbers.flatMap(({ key, text, error }) => {
      const name = document.createElement("dt");
      name.textContent = said(`liveserver_number_${key}`, key);
      const value = document.createElement("dd");
      const doubt = document.createElement("small");
      doubt.textContent = error ?? "";
      value.append(text, " ", doubt);
      return [name, value];
    });
    $("numbers").replaceChildren(...parts);
    $("numbers-note").hidden = !numbers.length;
  }

  #controls(phase) {
    if (!this.#changed("phase", phase)) {
      return;
    }
    const over = phase === "done";
    for (const id of ["pause", "redo", "skip"]) {
      $(id).disabled = over;
    }
    $("pause").querySelector("span").textContent = t(
      phase === "paused" ? "page_live_resume" : "page_live_pause",
    );
    $("pause").setAttribute("aria-pressed", String(phase === "paused"));
  }
}
