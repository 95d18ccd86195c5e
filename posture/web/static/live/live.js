/** The live check: camera, socket, drawing, recording and sound, held together. */

import { part } from "../dom.js";
import { t } from "../words.js";
import { Frames } from "./camera.js";
import { Controls, pointed } from "./controls.js";
import { canPause, isShort, isToneNew, markOf, recordingOf } from "./decide.js";
import { Drawing } from "./draw.js";
import { coachSentence, View } from "./flow.js";
import { listenToKeys } from "./keys.js";
import { Lens } from "./lens.js";
import { Memory } from "./memory.js";
import { canRecord, Recorder, RecordTrouble } from "./record.js";
import { Sound } from "./sound.js";
import { Wire } from "./wire.js";

const WATCH_MS = 2000;
const LAST_WORD_MS = 5000; // the last sentence is heard to its end before the page changes
const LAST_CHUNKS_MS = 60000;
const NOTICE_MS = 8000;
const FIRST_PROMPTS = [
  "who",
  "turn",
  "feet",
  "stand",
  "stand2",
  "bend",
  "hold",
  "up",
  "rest",
  "finished",
];

/** @typedef {import("./wire.js").Coach} Coach */

/**
 * What the page was made for.
 * @typedef {object} Asked
 * @property {string} visit
 * @property {string} source
 * @property {Omit<import("./wire.js").Step, "state">[]} steps
 * @property {import("./wire.js").Side | null} near_side
 */

const $ = (/** @type {string} */ id) => part(id, HTMLElement);
/** @type {Asked} */
const asked = JSON.parse($("live-data").textContent ?? "");
const { visit, source, steps, near_side: nearSide } = asked;
const fromServer = source === "server";
const auto = new URLSearchParams(location.search).get("auto") === "1";
const language = document.documentElement.lang;

const camera = part("camera", HTMLVideoElement);
const start = part("start", HTMLButtonElement);
const leaving = part("leaving", HTMLDialogElement);
const paneCare = part("pane-care", HTMLFormElement);
const drawing = new Drawing(part("view", HTMLCanvasElement));
const view = new View();
const sound = new Sound(language);
const controls = new Controls(sound);
const memory = new Memory(visit);
const wire = new Wire(socketAddress);
const recorder = new Recorder((step, take) => {
  const at = `/api/live/${wire.session}/steps/${step}`;
  return { chunk: (k) => `${at}/chunks/${k}?take=${take}`, end: () => `${at}/end?take=${take}` };
});
const frames = new Frames(camera, {
  wants: (seq, taken) =>
    !isShort(recorder.recording, wire.inflight.size, frames.rate()) && wire.take(seq, taken),
  onFrame: ({ seq, taken, bitmap, jpeg }) => {
    drawing.keep(seq, bitmap);
    wire.send(seq, taken, jpeg);
  },
  onLost: (seq) => wire.free(seq),
});
const lens = new Lens(camera, frames);

const now = {
  begun: false, // Start was pressed
  over: false, // nothing is sent and nothing is told any more
  met: false, // the server was there at least once
  lost: false, // and is not now
  awaiting: false, // the first state after a connection
  coach: /** @type {Coach | null} */ (null), // the newest state
  sayId: /** @type {number | null} */ (null),
  toneId: /** @type {number | null} */ (null),
  saying: Promise.resolve(),
  takes: /** @type {Set<string>} */ (new Set()), // "session step take" of those that were begun here
  spoilt: /** @type {string | null} */ (null), // the one that was asked for anew
  heldByUs: false, // paused because the page could not be seen, or had no camera
  told: /** @type {string | null} */ (null), // the server's last sentence about a trouble
  results: 0,
  awake: /** @type {WakeLockSentinel | undefined} */ (undefined), // keeps the screen on
};

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** @param {string | null} session */
function socketAddress(session) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = new URLSearchParams({ visit, lang: language });
  if (fromServer) {
    query.set("source", "server");
  }
  if (session) {
    query.set("session", session);
  }
  return `${scheme}://${location.host}/ws/live?${query}`;
}

/**
 * Tells the server what was pressed; whether it could be told.
 * @param {string} what
 */
function mark(what, more = {}) {
  return wire.tell({ type: "mark", what, ...more });
}

/* --- begin, hold, go on, end ------------------------------------------------------------------- */

async function begin() {
  if (now.begun) {
    return;
  }
  now.begun = true;
  $("pane-start").hidden = true;
  await sound.unlock();
  controls.show(true);
  sound.prepare(FIRST_PROMPTS);
  void keepAwake();
  if (!auto && !wire.session) {
    await checkVolume();
  }
  for (const id of ["pause", "redo", "skip"]) {
    part(id, HTMLButtonElement).disabled = false;
  }
  view.state("connecting");
  view.tell(t("page_live_connecting"), { bad: false });
  wire.open();
}

/** A tone and a sentence before anything is measured: somebody standing side-on sees no screen. */
async function checkVolume() {
  view.tell(coachSentence("volume"), { bad: false });
  sound.tone("done");
  await sound.say("volume", coachSentence("volume"));
}

async function keepAwake() {
  try {
    now.awake = await navigator.wakeLock?.request("screen");
  } catch {
    // not offered here, or not while the page is hidden
  }
}

/** Pauses on our own account; `letGo` ends only such a pause. */
function hold() {
  if (!now.begun || now.over || now.heldByUs || !canPause(now.coach?.phase)) {
    return;
  }
  now.heldByUs = mark("pause");
  memory.keep(wire.session, now.heldByUs); // a page that is loaded anew is hidden first
}

function letGo() {
  if (now.heldByUs && mark("resume")) {
    now.heldByUs = false;
  }
}

async function finish() {
  now.over = true;
  frames.stop();
  view.tell(null);
  if (recorder.pending) {
    view.rate(t("page_live_sending"));
  }
  const heard = Promise.race([now.saying, pause(LAST_WORD_MS)]);
  const sent = Promise.race([recorder.settled(), pause(LAST_CHUNKS_MS)]);
  await Promise.all([heard, sent]);
  goToVisit();
}

function goToVisit() {
  now.over = true;
  memory.forget();
  wire.close();
  lens.close();
  location.assign(`/visits/${visit}`);
}

function leave() {
  if (now.begun) {
    leaving.showModal();
  } else {
    goToVisit();
  }
}

async function left() {
  if (leaving.returnValue !== "leave") {
    return;
  }
  now.over = true;
  recorder.drop();
  await Promise.race([recorder.settled(), pause(LAST_CHUNKS_MS)]);
  if (wire.session) {
    await fetch(`/api/live/${wire.session}`, { method: "DELETE" }).catch(() => null);
  }
  goToVisit();
}

/* --- what the camera does ---------------------------------------------------------------------- */

lens.on("open", async (stream) => {
  view.trouble(null);
  start.disabled = false;
  if (!now.begun) {
    view.state("connecting");
    $("pane-start").hidden = false;
  }
  if (canRecord()) {
    await recorder.use(stream);
  }
});

lens.on("refused", (sentence) => {
  view.state("refused");
  view.trouble(sentence);
});

lens.on("gone", () => {
  recorder.drop();
  drawing.clear();
  hold();
  view.tell(t("page_live_camera_lost"));
  sound.tone("trouble");
});

lens.on("back", () => {
  view.state(wire.ready ? "live" : "connecting");
  view.tell(null);
  letGo();
});

/** Each two seconds: whether server and camera are still there, and how quick they are. */
function watch() {
  wire.check(fromServer);
  if (wire.session && !now.over) {
    memory.keep(wire.session, now.heldByUs);
  }
  if (!fromServer) {
    watchCamera();
  }
  const seen = (wire.counts.results - now.results) / (WATCH_MS / 1000);
  now.results = wire.counts.results;
  const rate = frames.rate();
  const key = rate === null ? "page_live_rate_server" : "page_live_rate";
  if (!now.over) {
    view.rate(wire.ready ? t(key, { camera: rate ?? 0, analysed: seen }) : "");
  }
}

function watchCamera() {
  const facts = lens.facts();
  if (facts && wire.ready) {
    wire.tell(facts);
  }
  const still = lens.isStill();
  if (still && now.begun && !now.over && !document.hidden && !view.notice) {
    view.tell(t("page_live_camera_still"), { forMs: WATCH_MS + 500 });
  }
}

/* --- what the server says ---------------------------------------------------------------------- */

wire.on("ready", (detail) => {
  const restarted = now.lost && now.met && !detail.resumed;
  Object.assign(now, { lost: false, met: true, told: null, awaiting: !restarted });
  view.state("live");
  view.trouble(null);
  view.steps(detail.steps);
  drawing.edges = detail.edges;
  drawing.ghost = { ...detail.ghost, near: nearSide };
  if (!fromServer) {
    watchCamera();
  }
  if (restarted) {
    recorder.drop();
    Object.assign(now, { sayId: null, toneId: null, heldByUs: false });
    view.tell(t("page_live_restarted"), { forMs: NOTICE_MS });
  } else if (!document.hidden) {
    view.tell(t("page_live_connecting"), { bad: false });
    letGo();
  }
  memory.keep(detail.session, now.heldByUs);
});

wire.on("result", async (detail) => {
  if (fromServer) {
    await drawing.arriving.get(detail.seq);
  }
  if (drawing.show(detail)) {
    const drawn = { seq: detail.seq, captured_ms: detail.t, drawn_ms: performance.now() };
    document.dispatchEvent(new CustomEvent("live-drawn", { detail: drawn }));
  }
  if (fromServer) {
    wire.tell({ type: "shown", seq: detail.seq });
  }
  if (!now.over) {
    follow(detail.coach);
  }
});

wire.on("picture", ({ seq, jpeg }) => drawing.expect(seq, jpeg));

wire.on("freed", ({ seq, dropped }) => {
  drawing.free(seq);
  if (dropped) {
    document.dispatchEvent(new CustomEvent("live-dropped", { detail: { seq } }));
  }
});

wire.on("trouble", ({ code, text, seq }) => {
  if (seq !== undefined || ["bad_mark", "bad_message"].includes(code)) {
    return; // the next one will do
  }
  view.tell(text, { forMs: NOTICE_MS });
  now.told = text;
});

wire.on("lost", ({ code, refused, again }) => {
  drawing.clear();
  view.rate("");
  if (now.over) {
    return;
  }
  now.lost = true;
  view.state(refused || !again ? "refused" : "lost");
  if (refused || !again) {
    view.tell(null);
    view.trouble(code === 4000 ? t("page_live_taken_over") : (now.told ?? t("page_live_refused")));
    return;
  }
  view.tell(t("page_live_lost"));
  sound.tone("trouble");
});

/**
 * Does what the coach's newest state asks for.
 * @param {Coach} coach
 */
function follow(coach) {
  const isFirst = now.coach === null;
  now.coach = coach;
  if (now.awaiting && !document.hidden) {
    view.tell(null);
  }
  now.awaiting = false;
  view.render(coach);
  record(coach, isFirst);
  if (isToneNew(coach.tone_id, now.toneId)) {
    sound.tone(coach.tone);
  }
  now.toneId = coach.tone_id;
  if (coach.say_id !== now.sayId) {
    now.sayId = coach.say_id;
    if (coach.say) {
      now.saying = sound.say(coach.say, coachSentence(coach.say));
    }
  }
  if (coach.phase === "done") {
    void finish();
  }
}

/**
 * @param {Coach} coach
 * @param {boolean} isFirst
 */
function record(coach, isFirst) {
  if (fromServer || !canRecord()) {
    return;
  }
  const { step, take } = coach;
  const held = recorder.take && { step: recorder.step, take: recorder.take.number };
  for (const what of recordingOf(coach, held)) {
    if (what === "end") {
      endRecording();
    } else if (what === "drop") {
      recorder.drop();
    } else if (step !== null && lens.active) {
      startRecording(step, take, isFirst);
    }
  }
}

/**
 * A take that began without this page, or that lost its beginning, is asked for anew.
 * @param {string} step
 * @param {number} take
 * @param {boolean} isFirst
 */
function startRecording(step, take, isFirst) {
  const key = `${wire.session} ${step} ${take}`;
  if (!isFirst && !now.takes.has(key)) {
    recorder.start(step, take);
  } else if (now.spoilt !== key) {
    now.spoilt = key;
    mark("redo");
  }
  now.takes.add(key);
}

function endRecording() {
  recorder.end().catch((error) => {
    if (!(error instanceof RecordTrouble)) {
      throw error;
    }
    view.tell(error.sentence ?? t(error.code), { forMs: NOTICE_MS });
  });
}

/* --- what people do ---------------------------------------------------------------------------- */

/** @param {import("./keys.js").Action} action */
function act(action) {
  if (action === "fullscreen") {
    controls.toggleFullscreen();
    return;
  }
  if (action === "sound") {
    void controls.toggleSound();
    return;
  }
  if (!now.begun) {
    if (action === "go" && !start.disabled) {
      void begin();
    }
    return;
  }
  if (now.over) {
    return;
  }
  if (action === "pause") {
    now.heldByUs = false;
  }
  const meant = markOf(action, now.coach?.phase);
  if (meant === "care") {
    care();
  } else {
    mark(meant);
  }
}

/** What was cared for goes along with the mark that the bend may be done again. */
function care() {
  mark("start", { care: new FormData(paneCare).getAll("care") });
}

/** @param {MouseEvent} event */
function choose(event) {
  const point = pointed(event);
  if (now.begun && point && !(/** @type {Element} */ (event.target).closest(".pane"))) {
    mark("choose", point);
  }
}

function shownOrHidden() {
  if (document.hidden) {
    hold();
    if (now.begun && !now.over) {
      view.tell(t("page_live_hidden"));
    }
    return;
  }
  void keepAwake();
  lens.seen();
  if (wire.ready) {
    view.tell(now.heldByUs ? t("page_live_hidden") : null, { forMs: NOTICE_MS });
  }
  letGo();
}

async function again() {
  view.trouble(null);
  if (!fromServer && !lens.active && !(await lens.open())) {
    return;
  }
  if (now.begun) {
    wire.open();
  } else {
    $("pane-start").hidden = false;
  }
}

function listen() {
  start.addEventListener("click", () => void begin());
  $("trouble-again").addEventListener("click", () => void again());
  paneCare.addEventListener("submit", (event) => {
    event.preventDefault();
    care();
  });
  for (const action of /** @type {const} */ (["pause", "redo", "skip"])) {
    $(action).addEventListener("click", () => act(action));
  }
  $("leave").addEventListener("click", leave);
  leaving.addEventListener("close", () => void left());
  $("picture").addEventListener("click", choose);
  document.addEventListener("visibilitychange", shownOrHidden);
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    if (!fromServer && !lens.active && !$("pane-trouble").hidden) {
      void lens.open();
    }
  });
  // after a reload nothing was clicked yet: the first touch or key brings the voice back
  for (const type of ["pointerup", "keydown"]) {
    document.addEventListener(type, () => {
      if (now.begun && !sound.unlocked) {
        void sound.unlock().then(() => controls.show(true));
      }
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (recorder.pending && !now.over) {
      event.preventDefault();
    }
  });
  listenToKeys(act);
}

async function open() {
  view.state("connecting");
  view.steps(steps.map((step) => ({ ...step, state: "todo" })));
  listen();
  setInterval(watch, WATCH_MS);
  if (fromServer) {
    start.disabled = false;
  } else {
    $("no-recording").hidden = canRecord();
    if (!(await lens.open())) {
      return;
    }
  }
  ({ session: wire.session, held: now.heldByUs } = memory.recall());
  if (auto || wire.session) {
    await begin();
  } else {
    start.focus();
  }
}

void open();
