// What a page says while a recording waits or is analysed.
import { t } from "./words.js";

/**
 * A recording as the server tells of it.
 * @typedef {object} Recording
 * @property {string} id
 * @property {string} visit
 * @property {string} file_name
 * @property {"queued" | "running" | "done" | "failed" | "cancelled"} state
 * @property {string | null} stage
 * @property {number} done_frac
 * @property {boolean} has_numbers
 * @property {number | null} time_left_s
 * @property {Record<string, string> | null} error the sentence in each language, where it failed
 */

/**
 * Say a time left so that it can be relied on: rounded up, the coarser the longer.
 * @param {number | null} seconds
 */
export function timeLeft(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) {
    return t("pages_js_left_unknown");
  }
  if (seconds < 60) {
    return t("pages_js_left_seconds", { seconds: Math.max(5, Math.ceil(seconds / 5) * 5) });
  }
  return t("pages_js_left_minutes", { minutes: Math.ceil(seconds / 60) });
}

/**
 * Say how far a recording is, from its JSON.
 * @param {Recording} recording
 * @param {number} ahead how many are before it
 */
export function stateOf(recording, ahead) {
  switch (recording.state) {
    case "queued":
      return ahead > 0 ? t("pages_js_queued_behind", { count: ahead }) : t("pages_js_queued");
    case "running":
      return `${stage(recording.stage)} ${timeLeft(recording.time_left_s)}`;
    case "failed":
      return recording.error?.[document.documentElement.lang] ?? t("pages_js_failed");
    case "cancelled":
      return t("pages_js_cancelled");
    default:
      return t("pages_js_done");
  }
}

/** @param {string | null} code */
function stage(code) {
  switch (code) {
    case "finding_person":
      return t("pages_js_stage_finding_person");
    case "following":
      return t("pages_js_stage_following");
    case "drawing":
      return t("pages_js_stage_drawing");
    default:
      return t("pages_js_stage_starting");
  }
}

/**
 * Ask the server; its own sentence is the error where it refuses.
 * @param {string} address
 * @param {{ method?: string, headers?: Record<string, string>, body?: string | Blob }} [options]
 * @returns {Promise<any>}
 */
export async function ask(address, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  let response;
  try {
    response = await fetch(address, { ...options, headers });
  } catch {
    throw new Error(t("pages_js_no_server"));
  }
  if (!response.ok) {
    const told = await response.json().catch(() => null);
    throw new Error(told?.error?.[document.documentElement.lang] ?? t("pages_js_failed"));
  }
  return response.json();
}
