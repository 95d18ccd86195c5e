// What a page's script says: entries filled in, times left, states of a recording.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pageWith } from "./page.mjs";

pageWith({
  plain: "Nothing to fill in",
  one: "{name} is here",
  decimals: "{gigabytes:.1f} GB, {gigabytes:.0f}",
  braces: "{{name}} stays, {name} goes",
  pages_js_left_unknown: "unknown",
  pages_js_left_seconds: "{seconds} s",
  pages_js_left_minutes: "{minutes} min",
  pages_js_queued: "waits",
  pages_js_queued_behind: "waits behind {count}",
  pages_js_cancelled: "cancelled",
  pages_js_failed: "failed",
  pages_js_done: "done",
  pages_js_stage_starting: "Starts.",
  pages_js_stage_following: "Follows.",
});
const { t } = await import("../../posture/web/static/words.js");
const { stateOf, timeLeft } = await import("../../posture/web/static/waiting.js");

test("values are put where their names stand", () => {
  assert.equal(t("plain"), "Nothing to fill in");
  assert.equal(t("one", { name: "Ann" }), "Ann is here");
  assert.equal(t("decimals", { gigabytes: 2.04 }), "2.0 GB, 2");
});

test("an entry that is not there is said to be missing", () => {
  assert.throws(() => t("nowhere"), /nowhere/);
});

test("doubled braces are braces, as in Python's format", () => {
  assert.equal(t("braces", { name: "Ann" }), "{name} stays, Ann goes");
});

test("braces and dollars in a value stay as they are", () => {
  for (const name of ["a}}b.mp4", "{{a}}", "{name}", "$& $1"]) {
    assert.equal(t("one", { name }), `${name} is here`);
  }
});

test("a time left is rounded up, to five seconds below a minute and to minutes above", () => {
  assert.equal(timeLeft(null), "unknown");
  assert.equal(timeLeft(Number.POSITIVE_INFINITY), "unknown");
  assert.equal(timeLeft(0), "5 s");
  assert.equal(timeLeft(11), "15 s");
  assert.equal(timeLeft(59), "60 s");
  assert.equal(timeLeft(60), "1 min");
  assert.equal(timeLeft(61), "2 min");
});

const recording = (state, more = {}) => ({
  state,
  stage: null,
  time_left_s: null,
  error: null,
  ...more,
});

test("each state of a recording is said", () => {
  assert.equal(stateOf(recording("queued"), 0), "waits");
  assert.equal(stateOf(recording("queued"), 2), "waits behind 2");
  assert.equal(
    stateOf(recording("running", { stage: "following", time_left_s: 42 }), 0),
    "Follows. 45 s",
  );
  assert.equal(stateOf(recording("running"), 0), "Starts. unknown");
  assert.equal(stateOf(recording("cancelled"), 0), "cancelled");
  assert.equal(stateOf(recording("done"), 0), "done");
});

test("a failure is told in the page's language, and without a reason as a failure", () => {
  const error = { en: "Nobody was found.", ja: "誰も見つかりません。" };

  assert.equal(stateOf(recording("failed", { error }), 0), "Nobody was found.");
  assert.equal(stateOf(recording("failed"), 0), "failed");
});
