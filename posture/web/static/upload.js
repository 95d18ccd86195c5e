// Videos dropped or chosen are sent one after the other, each with progress and a way to stop it;
// below them the queue of the server with the time left.

import { field, part, within } from "./dom.js";
import { ask, stateOf, timeLeft } from "./waiting.js";
import { t } from "./words.js";

/**
 * What the page shows of one file; `stop` breaks its sending off, null while it is not sent.
 * @typedef {object} Row
 * @property {HTMLLIElement} item
 * @property {HTMLElement} name
 * @property {HTMLButtonElement} cancel
 * @property {HTMLProgressElement} bar
 * @property {HTMLElement} state
 * @property {(() => void) | null} stop
 */

const form = part("upload", HTMLFormElement);
const drop = part("drop", HTMLElement);
const chooser = part("files", HTMLInputElement);
const list = part("uploads", HTMLElement);
const said = part("upload-said", HTMLElement);
const queueList = part("queue-list", HTMLElement);
const queueNone = part("queue-none", HTMLElement);
const limit = Number(form.dataset.limit);

/** @type {{ file: File, row: Row }[]} */
const waiting = [];
/** @type {Map<string, Row>} rows of this page whose analysis is not over yet, by recording */
const sent = new Map();
let sending = false;
let visit = form.dataset.visit ?? ""; // what is dropped together belongs to one visit
/** @type {string | null} */
let visitOf = null; // the client it was made for

form.addEventListener("submit", (event) => event.preventDefault());
chooser.addEventListener("change", chosen);
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault(); // a file dropped beside the field must not replace the page
    drop.classList.toggle("over", drop.contains(/** @type {Node} */ (event.target)));
  });
}
document.addEventListener("dragleave", (event) => {
  if (!drop.contains(/** @type {Node | null} */ (event.relatedTarget))) {
    drop.classList.remove("over");
  }
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer?.files ?? []);
});
globalThis.addEventListener("beforeunload", (event) => {
  if (sending || waiting.length > 0) {
    event.preventDefault();
  }
});

function chosen() {
  add(chooser.files ?? []);
  chooser.value = "";
}

/**
 * Line up files; what cannot be taken is said at once, not after it was sent.
 * @param {Iterable<File>} files
 */
function add(files) {
  for (const file of files) {
    const row = rowFor(file);
    if (file.size > limit) {
      finish(row, t("pages_js_too_large", { gigabytes: (limit / 2 ** 30).toFixed(1) }), "bad");
    } else if (file.size === 0) {
      finish(row, t("pages_js_empty"), "bad");
    } else {
      waiting.push({ file, row });
    }
  }
  next();
}

/**
 * @param {File} file
 * @returns {Row}
 */
function rowFor(file) {
  const item = document.createElement("li");
  const name = element("span", "name", file.name);
  const cancel = element("button", "quiet", t("pages_js_cancel"));
  cancel.type = "button";
  cancel.setAttribute("aria-label", t("pages_js_cancel_named", { name: file.name }));
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const state = element("span", "state", t("pages_js_upload_waits"));
  item.append(name, cancel, bar, state);
  list.append(item);
  /** @type {Row} */
  const row = { item, name, cancel, bar, state, stop: null };
  cancel.addEventListener("click", () => {
    const at = waiting.findIndex((one) => one.row === row);
    if (at >= 0) {
      waiting.splice(at, 1);
      finish(row, t("pages_js_cancelled"), "");
    } else if (row.stop !== null) {
      row.stop();
    }
  });
  return row;
}

function next() {
  const first = sending ? undefined : waiting.shift();
  if (first === undefined) {
    return;
  }
  const { file, row } = first;
  sending = true;
  send(file, row).finally(() => {
    sending = false;
    look();
    next();
  });
}

/** @param {File} file */
function address(file) {
  const asked = new URLSearchParams({ file_name: file.name });
  const client = field(form, "client", HTMLSelectElement).value;
  if (!form.dataset.visit && client !== visitOf) {
    visit = ""; // chosen for somebody else meanwhile: another visit
  }
  if (visit) {
    asked.set("visit", visit);
  } else if (client) {
    asked.set("client", client);
  }
  visitOf = client;
  const options = new FormData(form);
  for (const name of ["activity", "height_cm", "near_side", "belt_kmh", "speed"]) {
    const value = String(options.get(name) ?? "");
    if (value !== "") {
      asked.set(name, value);
    }
  }
  return `/api/uploads?${asked}`;
}

/**
 * Send one file; fetch tells no progress of what it sends, XMLHttpRequest does.
 * @param {File} file
 * @param {Row} row
 * @returns {Promise<void>}
 */
function send(file, row) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const began = performance.now();
    row.stop = () => request.abort();
    request.upload.addEventListener("progress", (event) => {
      const share = event.loaded / file.size;
      row.bar.value = share;
      const spent = (performance.now() - began) / 1000;
      const left = share > 0.02 && spent > 1 ? (spent * (1 - share)) / share : null;
      const percent = Math.round(100 * share);
      row.state.textContent = `${t("pages_js_uploading", { percent })} ${timeLeft(left)}`;
    });
    request.addEventListener("load", () => {
      const told = read(request.responseText);
      if (request.status === 201 && told !== null) {
        visit = told.visit;
        sent.set(told.id, row);
        finish(row, t("pages_js_uploaded"), "", told.visit);
      } else {
        finish(row, told?.error?.[document.documentElement.lang] ?? t("pages_js_failed"), "bad");
      }
    });
    request.addEventListener("error", () => finish(row, t("pages_js_no_server"), "bad"));
    request.addEventListener("abort", () => finish(row, t("pages_js_cancelled"), ""));
    request.addEventListener("loadend", () => done());
    request.open("POST", address(file));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

/**
 * Say what became of a file.
 * @param {Row} row
 * @param {string} text
 * @param {"" | "bad"} kind
 * @param {string} [visitId]
 */
function finish(row, text, kind, visitId) {
  row.stop = null;
  row.bar.remove();
  row.cancel.remove();
  row.state.textContent = text;
  row.state.className = `state ${kind}`;
  if (visitId) {
    const link = element("a", "button", t("pages_js_to_visit"));
    link.href = `/visits/${visitId}`;
    row.item.insertBefore(link, row.state);
  }
  said.textContent = `${row.name.textContent}: ${text}`;
}

/**
 * @param {string} text
 * @returns {any} what it says; null where it is no JSON
 */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} text
 */
function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// --- the queue ---

let timer = 0;

async function look() {
  clearTimeout(timer);
  /** @type {import("./waiting.js").Recording[]} */
  let rows;
  try {
    rows = await ask("/api/queue");
  } catch {
    timer = setTimeout(look, 5000);
    return;
  }
  queueNone.hidden = rows.length > 0;
  /** @type {NodeListOf<HTMLLIElement>} */
  const shown = queueList.querySelectorAll("li");
  const known = new Map([...shown].map((item) => [item.dataset.id, item]));
  rows.forEach((recording, ahead) => {
    const item = known.get(recording.id) ?? queueRow(recording);
    known.delete(recording.id);
    within(item, "progress", HTMLProgressElement).value = recording.done_frac;
    within(item, ".state", HTMLElement).textContent = stateOf(recording, ahead);
    if (queueList.children[ahead] !== item) {
      queueList.insertBefore(item, queueList.children[ahead] ?? null);
    }
  });
  for (const gone of known.values()) {
    gone.remove();
  }
  await tellEnds(new Set(rows.map((recording) => recording.id)));
  timer = setTimeout(look, rows.length > 0 ? 1000 : 5000);
}

/**
 * Say in the row of a file that its analysis is over.
 * @param {Set<string>} queued
 */
async function tellEnds(queued) {
  for (const [id, row] of [...sent]) {
    if (queued.has(id)) {
      continue;
    }
    const recording = await ask(`/api/recordings/${id}`).catch(() => null);
    if (recording === null || recording.state === "queued" || recording.state === "running") {
      continue; // asked again with the next look
    }
    sent.delete(id);
    const isDone = recording.state === "done";
    row.state.textContent = t(isDone ? "pages_js_analysed" : "pages_js_not_analysed");
    row.state.className = `state ${isDone ? "" : "bad"}`;
    said.textContent = `${row.name.textContent}: ${row.state.textContent}`;
  }
}

/** @param {import("./waiting.js").Recording} recording */
function queueRow(recording) {
  const item = document.createElement("li");
  item.dataset.id = recording.id;
  const link = element("a", "name", recording.file_name);
  link.href = `/visits/${recording.visit}`;
  const cancel = element("button", "quiet", t("pages_js_cancel"));
  cancel.type = "button";
  cancel.setAttribute("aria-label", t("pages_js_cancel_named", { name: recording.file_name }));
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    await ask(`/api/recordings/${recording.id}/cancel`, { method: "POST" }).catch(() => null);
    look();
  });
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", recording.file_name);
  item.append(link, cancel, bar, element("span", "state", ""));
  return item;
}

look();
if (chooser.files?.length) {
  chosen(); // before this script was there
}
