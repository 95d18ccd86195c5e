// A visit: its recordings as they are analysed, their curves, and analysing them again.

import { curves } from "./curves.js";
import { ask, stateOf } from "./waiting.js";
import { t } from "./words.js";

const POLL_MS = 500;
const visit = location.pathname.split("/")[2];
const said = document.getElementById("visit-said");

for (const recording of document.querySelectorAll(".recording")) {
  wake(recording);
}
if (isWorking()) {
  setTimeout(look, POLL_MS);
}

function isWorking() {
  return (
    document.querySelector('.recording[data-state="queued"], .recording[data-state="running"]') !==
    null
  );
}

/** Give a recording's part of the page its life. */
function wake(part) {
  const place = part.querySelector("[data-curves]");
  if (place !== null) {
    curves(place, part.querySelector("video")).catch(() => place.remove());
  }
  part.querySelector('[data-do="cancel"]')?.addEventListener("click", async (event) => {
    event.currentTarget.disabled = true;
    await ask(`/api/recordings/${part.dataset.id}/cancel`, { method: "POST" }).catch(() => null);
    refresh();
  });
  const form = part.querySelector("[data-again]");
  if (form !== null) {
    again(form);
  }
}

// --- while they are analysed ---

async function look() {
  let told;
  try {
    told = await ask(`/api/visits/${visit}`);
  } catch {
    setTimeout(look, 10 * POLL_MS);
    return;
  }
  let ahead = 0;
  let changed = false;
  for (const recording of told.recordings) {
    const part = document.getElementById(`recording-${recording.id}`);
    const bar = part?.querySelector("progress");
    if (bar) {
      bar.value = recording.done_frac;
      part.querySelector(".state").textContent = stateOf(recording, ahead);
    }
    ahead += ["queued", "running"].includes(recording.state) ? 1 : 0;
    changed ||= part === null || part.dataset.state !== recording.state;
  }
  if (changed) {
    await refresh();
  }
  if (isWorking()) {
    setTimeout(look, POLL_MS);
  }
}

/** Fetch the page anew and put in the parts that changed, so that a film that runs runs on. */
async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const finding = document.getElementById("finding");
  const found = fresh.getElementById("finding");
  if (finding.dataset.version !== found.dataset.version) {
    finding.replaceWith(document.adoptNode(found));
    said.textContent = found.querySelector(".verdict")?.textContent.trim() ?? "";
  }
  const head = fresh.querySelector(".visit-head");
  document.querySelector(".visit-head").replaceWith(document.adoptNode(head));
  for (const part of fresh.querySelectorAll(".recording")) {
    const old = document.getElementById(part.id);
    if (old === null) {
      location.reload(); // one was added elsewhere
      return;
    }
    if (old.dataset.version !== part.dataset.version) {
      const held = old.contains(document.activeElement);
      const put = document.adoptNode(part);
      old.replaceWith(put);
      wake(put);
      if (held) {
        put.tabIndex = -1;
        put.focus({ preventScroll: true });
      }
    }
  }
  if (isWorking()) {
    setTimeout(look, POLL_MS);
  }
}

// --- again, with other settings ---

function again(form) {
  const details = form.closest("details");
  const from = form.elements.from_s;
  const to = form.elements.to_s;
  const picture = form.querySelector(".preview");
  const whole = { start: 0, duration: 0 };
  let timer = 0;
  let shown = 0; // counts the pictures: who was in an earlier one is no longer asked

  details.addEventListener("toggle", () => {
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
        other.value = Number(slider.value) + (slider === from ? gap : -gap);
      }
      tell();
      clearTimeout(timer);
      timer = setTimeout(() => show(Number(slider.value)), 250);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, whole);
  });

  function tell() {
    for (const slider of [from, to]) {
      const output = slider.closest(".field").querySelector("output");
      output.textContent = t("pages_js_seconds", { seconds: Number(slider.value).toFixed(1) });
    }
  }

  /** Show a picture, and then who is in it: finding people takes longer. */
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

/** Ask where people are in the picture at a time, and put a frame to press around each. */
async function people(form, picture, whole, at, isShown) {
  const note = form.querySelector(".preview-said");
  note.textContent = t("pages_js_looking");
  let told;
  try {
    told = await ask(`${picture.dataset.preview.replace(/preview$/, "people")}?at=${at}`);
  } catch (trouble) {
    note.textContent = trouble.message;
    return;
  }
  if (!isShown()) {
    return;
  }
  if (whole.duration === 0) {
    fit(form, told, whole);
  }
  const stage = picture.parentElement;
  const select = form.elements.person;
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
    for (const button of stage.querySelectorAll(".person")) {
      button.setAttribute("aria-pressed", String(button.dataset.place === select.value));
    }
  }
}

/** Let the sliders reach from the recording's first to its last picture. */
function fit(form, told, whole) {
  const from = form.elements.from_s;
  const to = form.elements.to_s;
  const all = Number(to.value) === 0 || Number(to.value) === Number(form.dataset.duration);
  Object.assign(whole, { start: told.start_s, duration: told.duration_s });
  for (const slider of [from, to]) {
    slider.min = told.start_s;
    slider.max = told.start_s + told.duration_s;
  }
  if (all) {
    to.value = to.max;
  }
}

async function send(form, whole) {
  const alert = form.querySelector('[role="alert"]');
  const asked = {};
  for (const name of ["person", "activity", "height_cm", "near_side", "belt_kmh", "speed"]) {
    const { value } = form.elements[name];
    asked[name] = value === "" ? null : value;
  }
  const isPlace = asked.person?.includes(",") ?? false;
  Object.assign(asked, isPlace ? { person: null, person_at: asked.person } : { person_at: null });
  const from = Number(form.elements.from_s.value);
  const to = Number(form.elements.to_s.value);
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
    alert.textContent = trouble.message;
    alert.hidden = false;
    return;
  }
  await refresh();
}
