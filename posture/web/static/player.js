// Under a video: slow motion and single pictures, where a finger finds them.
import { t } from "./words.js";

const SPEEDS = [0.25, 0.5, 1];
const NAMES = ["¼", "½", "1"];
const PICTURE_S = 1 / 30; // ours; overlays have at most 30 pictures a second

/** @param {HTMLVideoElement} video */
export function player(video) {
  const bar = document.createElement("div");
  bar.className = "player";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", t("pages_js_player"));
  const speeds = SPEEDS.map((speed, at) => {
    const button = made(`${NAMES[at]}×`, t("pages_js_speed", { speed: NAMES[at] ?? "" }));
    button.addEventListener("click", () => {
      video.playbackRate = speed;
    });
    return button;
  });
  const tell = () => {
    for (const [at, button] of speeds.entries()) {
      button.setAttribute("aria-pressed", String(video.playbackRate === SPEEDS[at]));
    }
  };
  video.addEventListener("ratechange", tell);
  tell();
  const back = made("◀", t("pages_js_frame_back"));
  const on = made("▶", t("pages_js_frame_on"));
  back.addEventListener("click", () => step(video, -1));
  on.addEventListener("click", () => step(video, 1));
  bar.append(...speeds, back, on);
  video.after(bar);
}

/**
 * @param {HTMLVideoElement} video
 * @param {number} pictures
 */
export function step(video, pictures) {
  video.pause();
  const end = Number.isFinite(video.duration) ? video.duration : 0;
  video.currentTime = Math.min(end, Math.max(0, video.currentTime + pictures * PICTURE_S));
}

/**
 * @param {string} text
 * @param {string} label
 */
function made(text, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  return button;
}
