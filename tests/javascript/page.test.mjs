// What people do on the page of a live check: point, press keys, load it anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { listenToKeys } from "../../posture/web/static/live/keys.js";
import { Memory } from "../../posture/web/static/live/memory.js";
import { pageWith } from "./page.mjs";

pageWith({});
const { shareOf } = await import("../../posture/web/static/live/controls.js");
const { isFar } = await import("../../posture/web/static/live/draw.js");

test("who points into the picture points at a share of it, borders or not", () => {
  const wide = { width: 200, height: 100 };
  const box = { left: 10, top: 20, width: 400, height: 400 }; // 100 empty above and below

  assert.deepEqual(shareOf({ x: 10, y: 120 }, box, wide, false), { x: 0, y: 0 });
  assert.deepEqual(shareOf({ x: 410, y: 320 }, box, wide, false), { x: 1, y: 1 });
  assert.deepEqual(shareOf({ x: 110, y: 170 }, box, wide, false), { x: 0.25, y: 0.25 });
  assert.equal(shareOf({ x: 110, y: 119 }, box, wide, false), null);
  assert.equal(shareOf({ x: 9, y: 170 }, box, wide, false), null);
});

test("in a mirrored picture left is right, and up stays up", () => {
  const square = { width: 50, height: 50 };
  const box = { left: 0, top: 0, width: 100, height: 100 };

  assert.deepEqual(shareOf({ x: 25, y: 12.5 }, box, square, true), { x: 0.75, y: 0.125 });
});

test("the far side is the one that is not near; what joins both sides is not far", () => {
  // of MediaPipe's points 11, 23, 25 are the left shoulder, hip and knee, 12, 24, 26 the right ones
  assert.equal(isFar("left", 12, 24), true);
  assert.equal(isFar("left", 11, 23), false);
  assert.equal(isFar("right", 23, 25), true);
  assert.equal(isFar("left", 11, 12), false);
  assert.equal(isFar(null, 12, 24), false);
});

/** A page that hears keys; `inside` is what the element with the focus lies in. */
function keyboard() {
  globalThis.Element = class {
    constructor(inside) {
      this.inside = inside;
    }

    closest(selectors) {
      return selectors.split(/, (?![^(]*\))/).includes(this.inside) ? this : null;
    }
  };
  let hear = () => {};
  globalThis.document = { addEventListener: (_, listener) => (hear = listener) };
  const actions = [];
  listenToKeys((action) => actions.push(action));
  let time = 0;
  const press = (key, { inside = "body", after = 1000, ...more } = {}) => {
    time += after;
    let taken = false;
    const preventDefault = () => {
      taken = true;
    };
    hear({ key, target: new Element(inside), timeStamp: time, preventDefault, ...more });
    return taken;
  };
  return { actions, press };
}

test("the keys of trainer and remote do what they say", () => {
  const { actions, press } = keyboard();
  for (const key of [" ", "PageDown", "PageUp", "b", "P", "s", "R", "f", "m", "x"]) {
    press(key);
  }

  const told = ["go", "go", "redo", "pause", "pause", "skip", "redo", "fullscreen", "sound"];
  assert.deepEqual(actions, told);
});

test("a press that bounces is one press, and so is a key held down", () => {
  const { actions, press } = keyboard();
  press(" ");
  press(" ", { after: 699 });
  press("p", { after: 1 }); // another key is no bounce
  press(" ", { repeat: true });
  press(" ", { after: 5000 });

  assert.deepEqual(actions, ["go", "pause", "go"]);
});

test("keys of the browser and of a field are left to them", () => {
  const { actions, press } = keyboard();

  assert.equal(press("r", { ctrlKey: true }), false);
  assert.equal(press("s", { inside: "textarea" }), false);
  assert.equal(press(" ", { inside: "button" }), false); // it presses the button
  assert.equal(press("s", { inside: "button" }), true);
  assert.deepEqual(actions, ["skip"]);
});

test("a session is kept for a minute, for its visit alone", (context) => {
  const kept = new Map();
  globalThis.sessionStorage = {
    setItem: (key, value) => kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => kept.delete(key),
  };
  let now = 1_000_000;
  context.mock.method(Date, "now", () => now);
  const memory = new Memory("v1");
  const nothing = { session: null, held: false };

  assert.deepEqual(memory.recall(), nothing);
  memory.keep("s1", true);
  now += 59_999;
  assert.deepEqual(memory.recall(), { session: "s1", held: true });
  assert.deepEqual(new Memory("v2").recall(), nothing);
  now += 1;
  assert.deepEqual(memory.recall(), nothing);
  memory.keep("s2", false);
  memory.forget();
  assert.deepEqual(memory.recall(), nothing);
});
