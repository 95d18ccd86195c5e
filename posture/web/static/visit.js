// A visit: its recordings as they are analysed, their curves, and analysing them again.

import { curves } from "./curves.js";
import { field, part, within } from "./dom.js";
import { player } from "./player.js";
import { carry, saveTogether } from "./typed.js";
import { ask, stateOf } from "./waiting.js";
import { t } from "./words.js";

const POLL_MS = 500;
const visit = location.pathname.split("/")[2];
const said = part("visit-said", HTMLElement);
let timer = 0;

for (const recording of recordingsOf(document)) {
  wake(recording);
}
saveTogether();
lookSoon();

/**
 * @param {Document} page
 * @returns {NodeListOf<HTMLElement>}
 */
function recordingsOf(page) {
  return page.querySelectorAll(".recording");
}

/** Look once more after a while, where there is something to wait for; never twice at a time. */
function lookSoon(afterMs = POLL_MS) {
  clearTimeout(timer);
  if (isWorking()) {
    timer = setTimeout(look, afterMs);
  }
}

function isWorking() {
  return (
    document.querySelector('.recording[data-state="queued"], .recording[data-state="running"]') !==
    null
  );
}

/**
 * Give a recording's part of the page its life.
 * @param {HTMLElement} shown
 */
function wake(shown) {
  const clip = within(shown, "details.clip", HTMLDetailsElement);
  if (location.hash === `#${shown.id}`) {
    clip.open = true;
  }
  if (clip.open) {
    play(shown);
  } else {
    clip.addEventListener("toggle", () => play(shown), { once: true });
  }
  /** @type {HTMLButtonElement | null} */
  const cancel = shown.querySelector('[data-do="cancel"]');
  cancel?.addEventListener("click", async () => {
    cancel.disabled = true;
    await ask(`/api/recordings/${shown.dataset.id}/cancel`, { method: "POST" }).catch(() => null);
    await refresh();
  });
  /** @type {HTMLFormElement | null} */
  const form = shown.querySelector("form[data-again]");
  if (form !== null) {
    again(form);
  }
}

/**
 * Draw a recording's curves beside its film, as soon as somebody looks at them.
 * @param {HTMLElement} shown
 */
function play(shown) {
  /** @type {HTMLVideoElement | null} */
  const video = shown.querySelector(".film video");
  if (video !== null) {
    player(video);
  }
  /** @type {HTMLElement | null} */
  const place = shown.querySelector("[data-curves]");
  if (place !== null) {
    curves(place, video).catch(() => place.remove());
  }
}

// --- while they are analysed ---

async function look() {
  /** @type {{ recordings: import("./waiting.js").Recording[] }} */
  let told;
  try {
    told = await ask(`/api/visits/${visit}`);
  } catch {
    lookSoon(10 * POLL_MS);
    return;
  }
  let ahead = 0;
  let changed = false;
  for (const recording of told.recordings) {
    const shown = document.getElementById(`recording-${recording.id}`);
    const bar = shown?.querySelector("progress");
    if (shown && bar) {
      bar.value = recording.done_frac;
      within(shown, ".state", HTMLElement).textContent = stateOf(recording, ahead);
    }
    ahead += ["queued", "running"].includes(recording.state) ? 1 : 0;
    changed ||= shown?.dataset.state !== recording.state;
    changed ||= shown?.dataset.numbers !== String(recording.has_numbers);
  }
  if (changed) {
    await refresh();
  }
  lookSoon();
}

/** Fetch the page anew and put in the parts that changed, so that a film that runs runs on. */
async function refresh() {
  const headers = { Accept: "text/html" };
  const response = await fetch(location.href, { headers }).catch(() => null);
  if (!response?.ok) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const finding = part("finding", HTMLElement);
  const found = fresh.getElementById("finding");
  const head = fresh.querySelector(".visit-head");
  if (found === null || head === null) {
    location.reload(); // another page came, as the one to sign in where the session has ended
    return;
  }
  if (finding.dataset.version !== found.dataset.version) {
    const held = document.activeElement?.id ?? "";
    carry(finding, found);
    finding.replaceWith(document.adoptNode(found));
    if (held !== "" && found.querySelector(`[id="${held}"]`) !== null) {
      document.getElementById(held)?.focus({ preventScroll: true });
    }
    said.textContent = found.querySelector(".verdict")?.textContent?.trim() ?? "";
  }
  document.querySelector(".visit-head")?.replaceWith(document.adoptNode(head));
  for (const name of ["jump", "visit-data"]) {
    const given = fresh.getElementById(name);
    if (given !== null && document.getElementById(name)?.childElementCount === 0) {
      document.getElementById(name)?.replaceWith(document.adoptNode(given)); // there is a result now
    }
  }
  for (const given of recordingsOf(fresh)) {
    const old = document.getElementById(given.id);
    if (old === null) {
      location.reload(); // one was added elsewhere
      return;
    }
    if (old.dataset.version !== given.dataset.version) {
      const held = old.contains(document.activeElement);
      const put = document.adoptNode(given);
      // what somebody looks at stays open, also once it is finished
      within(put, "details.clip", HTMLDetailsElement).open ||= within(
        old,
        "details.clip",
        HTMLDetailsElement,
      ).open;
      old.replaceWith(put);
      wake(put);
      if (held) {
        put.tabIndex = -1;
        put.focus({ preventScroll: true });
      }
    }
  }
  lookSoon();
}

// --- again, with other settings ---

/**
 * What there is of a recording, in seconds; 0 and 0 as long as nobody asked.
 * @typedef {{ start: number, duration: number }} Whole
 */

/**
 * Who is in a picture, each by a box in shares of it.
 * @typedef {object} Told
 * @property {number} at_s
 * @property {number} start_s
 * @property {number} duration_s
 * @property {{ left: number, top: number, width: number, height: number }[]} [people]
 */

/** @param {HTMLFormElement} form */
function again(form) {
  const details = form.closest("details");
  const from = field(form, "from_s", HTMLInputElement);
  const to = field(form, "to_s", HTMLInputElement);
  const picture = within(form, ".preview", HTMLImageElement);
  /** @type {Whole} */
  const whole = { start: 0, duration: 0 };
  let waits = 0;
  let shown = 0; // counts the pictures: who was in an earlier one is no longer asked

  details?.addEventListener("toggle", () => {
    if (details.open && whole.duration === 0) {
      show(Number(from.value));
    }
  });
  for (const [slider, other] of [
    [from, to],
    [to, from],
  ]) {
    slider.addEventListener("input", () => {
      const gap = 0.5; // no part is shorter
      if (Number(from.value) > Number(to.value) - gap) {
        other.value = String(Number(slider.value) + (slider === from ? gap : -gap));
      }
      tell();
      clearTimeout(waits);
      waits = setTimeout(() => show(Number(slider.value)), 250);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, whole);
  });

  function tell() {
    for (const slider of [from, to]) {
      const output = slider.closest(".field")?.querySelector("output");
      if (output) {
        output.textContent = t("pages_js_seconds", { seconds: Number(slider.value).toFixed(1) });
      }
    }
  }

  /**
   * Show a picture, and then who is in it: finding people takes longer.
   * @param {number} at
   */
  function show(at) {
    tell();
    picture.src = `${picture.dataset.preview}?at=${at.toFixed(2)}`;
    for (const frame of form.querySelectorAll(".person")) {
      frame.remove();
    }
    const turn = ++shown;
    setTimeout(
      () => {
        if (turn === shown) {
          people(form, picture, whole, at, () => turn === shown).then(tell);
        }
      },
      whole.duration === 0 ? 0 : 500,
    );
  }
}

/**
 * Ask where people are in the picture at a time, and put a frame to press around each.
 * @param {HTMLFormElement} form
 * @param {HTMLImageElement} picture
 * @param {Whole} whole
 * @param {number} at
 * @param {() => boolean} isShown
 */
async function people(form, picture, whole, at, isShown) {
  const note = within(form, ".preview-said", HTMLElement);
  note.textContent = t("pages_js_looking");
  /** @type {Told} */
  let told;
  try {
    told = await ask(`${picture.dataset.preview?.replace(/preview$/, "people")}?at=${at}`);
  } catch (trouble) {
    note.textContent = messageOf(trouble);
    return;
  }
  if (!isShown()) {
    return;
  }
  if (whole.duration === 0) {
    fit(form, told, whole);
  }
  const stage = within(form, ".stage", HTMLElement);
  const select = field(form, "person", HTMLSelectElement);
  const found = told.people ?? [];
  note.textContent = t("pages_js_people", { count: found.length });
  found.forEach((box, index) => {
    // who is meant is a place in the picture at a time: the analysis numbers people its own way
    const middle = [box.left + box.width / 2, box.top + box.height / 2];
    const place = [told.at_s, ...middle].map((share) => share.toFixed(4)).join(",");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "person";
    button.dataset.place = place;
    button.setAttribute("aria-label", t("pages_js_person", { number: index + 1 }));
    button.style.left = `${100 * box.left}%`;
    button.style.top = `${100 * box.top}%`;
    button.style.width = `${100 * box.width}%`;
    button.style.height = `${100 * box.height}%`;
    button.addEventListener("click", () => {
      const before = [...select.options].find((option) => option.value.includes(","));
      const option = before ?? select.appendChild(new Option(select.dataset.pointed));
      option.value = place;
      select.value = place;
      mark();
    });
    stage.append(button);
  });
  mark();
  select.onchange = mark;

  function mark() {
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = stage.querySelectorAll(".person");
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.place === select.value));
    }
  }
}

/**
 * Let the sliders reach from the recording's first to its last picture.
 * @param {HTMLFormElement} form
 * @param {Told} told
 * @param {Whole} whole
 */
function fit(form, told, whole) {
  const from = field(form, "from_s", HTMLInputElement);
  const to = field(form, "to_s", HTMLInputElement);
  const all = Number(to.value) === 0 || Number(to.value) === Number(form.dataset.duration);
  Object.assign(whole, { start: told.start_s, duration: told.duration_s });
  for (const slider of [from, to]) {
    slider.min = String(told.start_s);
    slider.max = String(told.start_s + told.duration_s);
  }
  if (all) {
    to.value = to.max;
  }
}

/** @param {unknown} trouble */
function messageOf(trouble) {
  return trouble instanceof Error ? trouble.message : String(trouble);
}

/**
 * @param {HTMLFormElement} form
 * @param {Whole} whole
 */
async function send(form, whole) {
  const alert = within(form, '[role="alert"]', HTMLElement);
  const filled = new FormData(form);
  /** @type {Record<string, string | null>} */
  const asked = {};
  for (const name of ["person", "activity", "height_cm", "near_side", "belt_kmh", "speed"]) {
    asked[name] = String(filled.get(name) ?? "") || null;
  }
  const isPlace = asked.person?.includes(",") ?? false;
  Object.assign(asked, isPlace ? { person: null, person_at: asked.person } : { person_at: null });
  const from = Number(filled.get("from_s"));
  const to = Number(filled.get("to_s"));
  if (whole.duration > 0) {
    const all = from < whole.start + 0.05 && to > whole.start + whole.duration - 0.05;
    asked.trim = all ? null : `${from},${to}`;
  }
  alert.hidden = true;
  try {
    await ask(`/api/recordings/${form.dataset.again}/again`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
  } catch (trouble) {
    alert.textContent = messageOf(trouble);
    alert.hidden = false;
    return;
  }
  await refresh();
}
