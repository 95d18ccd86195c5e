import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted } from "../../posture/web/static/live/draw.js";

const GHOST = { x: 0.5, top: 0.12, bottom: 0.93 };

/** @returns {import("../../posture/web/static/live/wire.js").Landmark[]} */
function standing(nose = 0.3, heel = 0.74) {
  return Array.from({ length: 33 }, (_, index) => {
    const y = index === 0 ? nose : index < 11 ? nose : index < 25 ? 0.4 : heel;
    return /** @type {[number, number, number, number]} */ ([0.4, y, 0, 1]);
  });
}

test("the place to stand is as tall as the client and on their floor", () => {
  const outline = /** @type {[number, number][]} */ ([
    [0.4, 0.26],
    [0.4, 0.76],
  ]);

  const place = fitted(GHOST, standing(), outline);

  assert.equal(place.bottom, 0.76);
  assert.ok(Math.abs(place.bottom - place.top - 0.5) < 1e-9); // nose to heel is .88 of a height
  assert.equal(place.x, GHOST.x);
});

test("who is cut off, bent or far away gets the usual place", () => {
  const cut = /** @type {[number, number][]} */ ([
    [0.4, 0.0],
    [0.4, 0.76],
  ]);
  const whole = /** @type {[number, number][]} */ ([
    [0.4, 0.26],
    [0.4, 0.76],
  ]);

  assert.equal(fitted(GHOST, standing(), cut), GHOST);
  assert.equal(fitted(GHOST, standing(0.6), whole), GHOST);
  assert.equal(fitted(GHOST, standing(0.6, 0.7), whole), GHOST);
  assert.equal(fitted(GHOST, null, whole), GHOST);
  assert.equal(fitted(GHOST, standing(), null), GHOST);
});
