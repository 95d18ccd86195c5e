// What follows from the coach's newest state.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canPause,
  isShort,
  isToneNew,
  markOf,
  messageOf,
  recordingOf,
  ringOf,
  sentencesOf,
} from "../../posture/web/static/live/decide.js";

/** The coach in the second of two steps, of which take 3 is being recorded. */
const coach = (more = {}) => ({
  step: "bend",
  take: 3,
  recording: true,
  dropped_take: null,
  say: null,
  problem: null,
  steps: [
    { id: "standing", state: "done" },
    { id: "bend", state: "now" },
  ],
  ...more,
});
const words = (code) => (code ? `<${code}>` : "");

test("a take that the coach records is begun, once", () => {
  assert.deepEqual(recordingOf(coach(), null), ["begin"]);
  assert.deepEqual(recordingOf(coach(), { step: "bend", take: 3 }), []);
});

test("a take ends when the coach records no more", () => {
  assert.deepEqual(recordingOf(coach({ recording: false }), { step: "bend", take: 3 }), ["end"]);
  assert.deepEqual(recordingOf(coach({ recording: false }), null), []);
});

test("a take that the coach threw away is thrown away, and the next one begun when it is time", () => {
  const held = { step: "bend", take: 2 };

  assert.deepEqual(recordingOf(coach({ dropped_take: 2 }), held), ["drop", "begin"]);
  assert.deepEqual(recordingOf(coach({ dropped_take: 2, recording: false }), held), ["drop"]);
});

test("a step that ended while nobody looked is sent if it was done, and void if not", () => {
  const skipped = [
    { id: "standing", state: "skipped" },
    { id: "bend", state: "now" },
  ];
  const held = { step: "standing", take: 1 };

  assert.deepEqual(recordingOf(coach({ recording: false }), held), ["end"]);
  assert.deepEqual(recordingOf(coach(), held), ["end", "begin"]);
  assert.deepEqual(recordingOf(coach({ steps: skipped }), held), ["drop", "begin"]);
  assert.deepEqual(recordingOf(coach({ step: null, recording: false }), held), ["end"]);
});

test("another take of the same step is begun in the place of the first", () => {
  assert.deepEqual(recordingOf(coach({ take: 4 }), { step: "bend", take: 3 }), ["begin"]);
});

test("a sentence of the page goes before a problem, a problem before the coach", () => {
  const problem = { code: "far", text: "Too far away." };
  const notice = { sentence: "Connecting.", bad: false };

  assert.deepEqual(messageOf(coach({ say: "hold" }), null, words), { text: "<hold>", bad: false });
  assert.deepEqual(messageOf(coach({ say: "hold", problem }), null, words), {
    text: "Too far away.",
    bad: true,
  });
  assert.deepEqual(messageOf(coach({ say: "hold", problem }), notice, words), {
    text: "Connecting.",
    bad: false,
  });
  assert.deepEqual(messageOf(null, null, words), { text: "", bad: false });
});

test("a sentence ends at its full stop, in both languages, and not within a number", () => {
  assert.deepEqual(sentencesOf("Stand still. Look ahead."), ["Stand still.", "Look ahead."]);
  assert.deepEqual(sentencesOf("About 1.5 m away! Now?"), ["About 1.5 m away!", "Now?"]);
  assert.deepEqual(sentencesOf("立ってください。前を見て。"), ["立ってください。", "前を見て。"]);
  assert.deepEqual(sentencesOf("e.g. a chair"), ["e.g. a chair"]);
  assert.deepEqual(sentencesOf(""), []);
});

test("nothing of a text is lost between its sentences but the spaces", () => {
  const text = "Bend slowly. Let the head hang! 手を下ろす。Ready?";

  assert.equal(sentencesOf(text).join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
});

test("the ring is full at one, has half hundredths, and is not there without a reason", () => {
  assert.equal(ringOf({ ring: null, count: null }), null);
  assert.deepEqual(ringOf({ ring: 0, count: null }), { full: 0, text: "" });
  assert.deepEqual(ringOf({ ring: 0.5, count: null }), { full: 50, text: "" });
  assert.deepEqual(ringOf({ ring: 0.333, count: null }), { full: 33.5, text: "" });
  assert.deepEqual(ringOf({ ring: 1, count: null }), { full: 100, text: "✓" });
  assert.deepEqual(ringOf({ ring: null, count: 3 }), { full: 0, text: "3" });
  assert.deepEqual(ringOf({ ring: 1, count: 0 }), { full: 100, text: "0" });
});

test("one key goes on: what that means depends on the phase", () => {
  assert.equal(markOf("go", "choosing"), "start");
  assert.equal(markOf("go", "recording"), "redo");
  assert.equal(markOf("go", "rest"), "redo");
  assert.equal(markOf("go", "waiting"), "care");
  assert.equal(markOf("go", undefined), "start");
  assert.equal(markOf("pause", "recording"), "pause");
  assert.equal(markOf("pause", "paused"), "resume");
  assert.equal(markOf("skip", "paused"), "skip");
  assert.equal(markOf("redo", "rest"), "redo");
});

test("what is paused, over or not begun is not paused", () => {
  assert.deepEqual(
    ["recording", "paused", "done", undefined].map((phase) => canPause(phase)),
    [true, false, false, false],
  );
});

test("a tone is heard once, and not again after a reload", () => {
  assert.equal(isToneNew(1, null), true);
  assert.equal(isToneNew(7, null), false);
  assert.equal(isToneNew(8, 7), true);
  assert.equal(isToneNew(8, 8), false);
});

test("only a recording with frames on their way and a slow camera is short of time", () => {
  assert.equal(isShort(true, 1, 15), true);
  assert.equal(isShort(false, 1, 15), false);
  assert.equal(isShort(true, 0, 15), false);
  assert.equal(isShort(true, 1, 30), false);
});

test("a rate that is not known yet is not slow", () => {
  assert.equal(isShort(true, 1, null), false);
});
