// Curves: scale, gaps, spikes, and the way from a time to its place and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  across,
  down,
  nearest,
  path,
  range,
  secondsApart,
  timeAt,
} from "../../posture/web/static/scale.js";

// 100 units for the curve both ways: a share of it is a number that can be read off
const FRAME = { width: 130, height: 120, left: 20, right: 10, top: 5, bottom: 15 };

/** Whole numbers from the first to the last. */
const whole = (first, last) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

test("nothing known gets a scale all the same", () => {
  assert.deepEqual(range([]), [0, 90, 30]);
});

test("a scale holds zero and all values, in at most seven steps that are round", () => {
  for (const values of [
    [3],
    [-3],
    [0, 0],
    [12, 88],
    [-40, -35],
    whole(-170, 170),
    whole(0, 1000),
  ]) {
    const [low, high, step] = range(values);
    const told = `${values[0]} to ${values.at(-1)}: ${low} to ${high} by ${step}`;

    assert.ok(low <= Math.min(0, ...values) && high >= Math.max(0, ...values), told);
    assert.equal(Math.abs(low % step), 0, told); // so that zero is one of the lines
    assert.equal((high - low) % step, 0, told);
    assert.ok(high > low, told);
    if (Math.max(...values) <= 360) {
      assert.ok((high - low) / step <= 7, told);
    }
  }
});

test("a scale is no wider than a step at each end asks for", () => {
  assert.deepEqual(range(whole(0, 24)), [0, 25, 5]); // five lines of five degrees
  assert.deepEqual(range(whole(0, 26)), [0, 30, 10]);
  assert.deepEqual(range(whole(-25, 0)), [-25, 0, 5]);
});

test("a few values far beyond all others leave the picture, at either end", () => {
  const usual = Array(95).fill(10);

  assert.deepEqual(range([...usual, ...Array(5).fill(170)]), [0, 10, 5]);
  assert.deepEqual(range([...usual, ...Array(5).fill(-167)]), [0, 10, 5]);
});

test("what a fifth of the values say is no spike", () => {
  const [, high] = range([...Array(80).fill(10), ...Array(20).fill(170)]);

  assert.ok(high >= 170);
});

test("values less than 30 degrees beyond the others stay in the picture", () => {
  const [, high] = range([...Array(95).fill(10), ...Array(5).fill(39)]);

  assert.ok(high >= 39);
});

test("a wide movement that is rare at its end is no spike", () => {
  const bend = whole(0, 100); // even to its end: as far beyond as all the rest is wide

  assert.ok(range(bend)[1] >= 100);
});

test("a scale does not change the values that it is made of", () => {
  const values = [5, -3, 9];
  range(values);

  assert.deepEqual(values, [5, -3, 9]);
});

test("no line is drawn over a gap", () => {
  const drawn = path(
    [0, 1, 2, 3, 4],
    [1, 2, null, 4, 5],
    (x) => x * 10,
    (y) => y,
  );

  assert.equal(drawn, "M0.0 1.0L10.0 2.0M30.0 4.0L40.0 5.0");
});

test("a course begins where something is known, and ends there", () => {
  const drawn = path(
    [0, 1, 2, 3],
    [null, 7, 8, null],
    (x) => x,
    (y) => y,
  );

  assert.equal(drawn, "M1.0 7.0L2.0 8.0");
  assert.equal(
    path(
      [0, 1],
      [null, null],
      (x) => x,
      (y) => y,
    ),
    "",
  );
});

test("zero is a value, not a gap", () => {
  assert.equal(
    path(
      [0, 1],
      [0, 0],
      (x) => x,
      (y) => y,
    ),
    "M0.0 0.0L1.0 0.0",
  );
});

test("the first time lies at the left edge, the last one at the right, the middle between", () => {
  assert.equal(across(FRAME, 8, 0), 20);
  assert.equal(across(FRAME, 8, 8), 120);
  assert.equal(across(FRAME, 8, 2), 45);
});

test("the highest value lies at the top, the lowest at the bottom", () => {
  assert.equal(down(FRAME, -30, 60, 60), 5);
  assert.equal(down(FRAME, -30, 60, -30), 105);
  assert.equal(down(FRAME, -30, 60, 15), 55);
});

test("who points at the place of a time gets that time", () => {
  for (const time of [0, 0.1, 3.3, 7.25]) {
    assert.ok(Math.abs(timeAt(FRAME, 7.25, across(FRAME, 7.25, time)) - time) < 1e-12);
  }
});

test("the nearest time is found, the later of two as near, the ends beyond them", () => {
  const times = [0, 1, 2, 4];

  assert.equal(nearest(times, 1.4), 1);
  assert.equal(nearest(times, 1.6), 2);
  assert.equal(nearest(times, 3), 3);
  assert.equal(nearest(times, -5), 0);
  assert.equal(nearest(times, 99), 3);
  assert.equal(nearest([0.5], 7), 0);
});

test("the nearest time is the one that a look at all of them finds", () => {
  const times = whole(0, 60).map((at) => at * 0.033 + 0.01 * Math.sin(at));
  for (const time of whole(0, 100).map((at) => at * 0.021)) {
    const distances = times.map((each) => Math.abs(each - time));

    assert.equal(distances[nearest(times, time)], Math.min(...distances));
  }
});

test("times under a course have 70 units each, in steps that a clock has", () => {
  assert.equal(secondsApart(4, 700), 0.5); // ten have room; eight are needed
  assert.equal(secondsApart(6, 700), 1);
  assert.equal(secondsApart(60, 280), 20);
  assert.equal(secondsApart(600, 280), 120);
});
