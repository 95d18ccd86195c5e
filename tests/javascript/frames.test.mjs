// Frames by their times: the nearest one, steps, where a film shows them, what was typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filmTime, secondsOf, shareOf, stepped } from "../../posture/web/static/frames.js";
import { nearest } from "../../posture/web/static/scale.js";

// a phone's: uneven, and not from zero
const TIMES = [0.5, 0.53, 0.57, 0.6, 0.7];

test("a time is that of the nearest frame", () => {
  for (const [frame, time] of TIMES.entries()) {
    assert.equal(nearest(TIMES, time), frame);
  }
  assert.equal(nearest(TIMES, 0.549), 1);
  assert.equal(nearest(TIMES, 0.551), 2);
  assert.equal(nearest(TIMES, -5), 0);
  assert.equal(nearest(TIMES, 5), 4);
  assert.equal(nearest([1], 7), 0);
});

test("steps go frame by frame and stay inside", () => {
  assert.equal(stepped(TIMES, 1, 1), 2);
  assert.equal(stepped(TIMES, 0, -1), 0);
  assert.equal(stepped(TIMES, 4, 1), 4);
});

test("a film is asked for a moment inside the frame, never at its edge", () => {
  for (const [frame, time] of TIMES.entries()) {
    const asked = filmTime(TIMES, frame) + TIMES[0];
    const next = TIMES[frame + 1] ?? Number.POSITIVE_INFINITY;
    assert.ok(asked >= time && asked < next, `${frame}: ${asked}`);
    assert.equal(nearest(TIMES, asked), frame);
  }
});

test("marks lie between the first and the last frame", () => {
  assert.equal(shareOf(TIMES, 0.5), 0);
  assert.equal(shareOf(TIMES, 0.7), 1);
  assert.ok(Math.abs(shareOf(TIMES, 0.6) - 0.5) < 1e-9);
  assert.equal(shareOf(TIMES, 9), 1);
  assert.equal(shareOf([1], 1), 0);
});

test("what was typed is seconds, with a point or a comma, or nothing", () => {
  assert.equal(secondsOf("1.46"), 1.46);
  assert.equal(secondsOf(" 1,46 "), 1.46);
  for (const none of ["", " ", "soon", "1.2.3", "NaN", "Infinity"]) {
    assert.equal(secondsOf(none), null);
  }
});
