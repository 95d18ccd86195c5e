/** The page before a live check: what was ticked becomes a visit, then on to the camera. */

import { field, part, within } from "../dom.js";
import { t } from "../words.js";

const form = part("check", HTMLFormElement);
const refused = part("refused", HTMLElement);
const button = within(form, "button[type=submit]", HTMLButtonElement);
const REMEMBERED = "posture.live.start"; // the room and the habit, nothing about a person

/**
 * @param {string} id
 * @param {boolean} shown
 */
function show(id, shown) {
  const found = document.getElementById(id);
  if (found) {
    found.hidden = !shown;
  }
}

/** Shows the parts that what is ticked asks for. */
function follow() {
  const data = new FormData(form);
  const walks = data.get("check") === "full";
  show("walking-part", walks);
  show("belt-field", walks && data.get("where") === "treadmill");
  field(form, "belt_kmh", HTMLInputElement).required = walks && data.get("where") === "treadmill";
  const stops = form.querySelector("[data-today]:checked") !== null; // a doctor today: no check
  const stop = part("stop", HTMLElement);
  if (stops && stop.hidden) {
    requestAnimationFrame(() => stop.scrollIntoView({ block: "nearest" }));
  }
  show("stop", stops);
  show("flagged", !stops && data.getAll("red_flags").length > 0);
  show("go", !stops);
}

/**
 * What nobody has looked at yet of the signs that a doctor has to see: each leaves once it was in view.
 * @type {Set<Element>}
 */
const unread = new Set(part("flags", HTMLElement).querySelectorAll("label"));
const reading = new IntersectionObserver(
  (seen) => {
    for (const { target, intersectionRatio } of seen) {
      if (intersectionRatio === 1) {
        unread.delete(target);
        reading.unobserve(target);
      }
    }
    button.textContent = t(unread.size > 0 ? "page_live_to_flags" : "page_live_to_camera");
  },
  { threshold: 1, rootMargin: `0px 0px -${part("go", HTMLElement).offsetHeight}px 0px` },
);
for (const label of unread) {
  reading.observe(label);
}

/** Goes to the first sign that nobody has looked at; returns whether there is one. */
function readOn() {
  const [next] = unread;
  if (!next) {
    return false;
  }
  const first = next.previousElementSibling === null; // with the question above it
  (first ? part("flags", HTMLElement) : next).scrollIntoView({ block: "start" });
  next.querySelector("input")?.focus({ preventScroll: true });
  return true;
}

/** @param {FormDataEntryValue | null} text */
function number(text) {
  return text ? Number(text) : null;
}

/**
 * Codes of the boxes that are ticked: `habits.heels` is heels of the habits.
 * @param {FormData} data
 * @param {string} name
 */
function ticked(data, name) {
  const begins = `${name}.`;
  return [...data.keys()]
    .filter((key) => key.startsWith(begins))
    .map((key) => key.slice(begins.length));
}

/** @param {FormData} data */
function touchOf(data) {
  const felt = ticked(data, "touch").map((link) => [link, data.get(`touch.${link}`)]);
  return Object.fromEntries(felt.filter(([, told]) => told));
}

/** @param {FormData} data */
function answersOf(data) {
  const treadmill = data.get("check") === "full" && data.get("where") === "treadmill";
  const answers = {
    pain: number(data.get("pain")),
    red_flags: data.getAll("red_flags"),
    age: number(data.get("age")),
    sex: data.get("sex") || null,
    conditions: ticked(data, "conditions"),
    habits: ticked(data, "habits"),
    said: ticked(data, "said"),
    touch: touchOf(data),
    shoes: data.has("shoes"),
    warmed_up: data.has("warmed_up"),
    height_cm: number(data.get("height_cm")),
    near_side: data.get("near_side"),
    extras: data.getAll("extras"),
    belt_kmh: treadmill ? number(data.get("belt_kmh")) : null,
    handrail: treadmill ? data.has("handrail") : null,
  };
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null));
}

async function begin() {
  if (form.querySelector("[data-today]:checked")) {
    return;
  }
  const data = new FormData(form);
  const visit = {
    client: data.get("client") || null,
    check: data.get("check"),
    language: document.documentElement.lang,
    answers: answersOf(data),
    withheld: data.getAll("red_flags").length > 0, // numbers, but no finding
  };
  const answer = await fetch("/api/visits", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(visit),
  }).catch(() => null);
  if (!answer) {
    return refuse(t("page_live_server_gone"));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    return refuse(told.error?.[visit.language] ?? t("page_live_not_begun"));
  }
  remember(data);
  const source = data.get("source") === "server" ? "?source=server" : "";
  location.assign(`/live/${told.id}${source}`);
}

/** @param {string} sentence */
function refuse(sentence) {
  refused.textContent = sentence;
  refused.hidden = false;
  button.disabled = false;
}

/** @param {FormData} data */
function remember(data) {
  const habit = Object.fromEntries(
    ["check", "near_side", "source", "where"].map((name) => [name, data.get(name)]),
  );
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(habit));
  } catch {
    // private windows keep nothing
  }
}

function recall() {
  try {
    const habit = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
    for (const [name, value] of Object.entries(habit)) {
      const found = form.elements.namedItem(name);
      if (value && found !== null && "value" in found) {
        found.value = value;
      }
    }
  } catch {
    // nothing remembered, or not by this page
  }
}

form.addEventListener("change", follow);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (readOn()) {
    return;
  }
  refused.hidden = true;
  button.disabled = true;
  void begin();
});
window.addEventListener("pageshow", () => {
  button.disabled = false; // come back to with the browser's back button
  follow();
});

recall();
follow();
