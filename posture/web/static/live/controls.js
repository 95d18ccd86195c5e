/** The buttons that change nothing about the check: sound, volume, mirror, full screen. */

import { part } from "../dom.js";
import { t } from "../words.js";

/** @typedef {import("./sound.js").Sound} Sound */

const $ = (/** @type {string} */ id) => part(id, HTMLElement);

export class Controls {
  /** @param {Sound} sound */
  constructor(sound) {
    this.sound = sound;
    this.volume = part("volume", HTMLInputElement);
    $("sound").addEventListener("click", () => this.toggleSound());
    this.volume.addEventListener("input", () => sound.setVolume(Number(this.volume.value)));
    this.volume.addEventListener("change", () => sound.tone("count"));
    $("mirror").addEventListener("click", () => this.#mirror());
    $("fullscreen").addEventListener("click", () => this.toggleFullscreen());
    $("fullscreen").hidden = !document.fullscreenEnabled;
    this.show(false);
  }

  /**
   * Shows how the sound is.
   * @param {boolean} wanted it should be heard by now
   */
  show(wanted) {
    const { sound } = this;
    $("sound").setAttribute("aria-pressed", String(sound.on));
    this.volume.value = String(sound.volume);
    this.volume.disabled = !sound.on;
    // after a reload a browser may stay silent until something is touched
    const silent = wanted && sound.on && !sound.unlocked;
    $("sound").classList.toggle("attention", silent);
    $("sound").textContent = t(silent ? "page_live_sound_tap" : "page_live_sound");
  }

  async toggleSound() {
    const { sound } = this;
    // a silent one that is on was touched to be heard, not to be switched off
    sound.setOn(!sound.on || $("sound").classList.contains("attention"));
    if (sound.on) {
      await sound.unlock();
      sound.tone("done");
    }
    this.show(false);
  }

  toggleFullscreen() {
    if (document.fullscreenElement) {
      void document.exitFullscreen();
    } else {
      void document.documentElement.requestFullscreen?.().catch(() => {});
    }
  }

  /** Only what is shown: the pixels that are sent and recorded stay as the camera took them. */
  #mirror() {
    const mirrored = $("picture").classList.toggle("mirrored");
    $("mirror").setAttribute("aria-pressed", String(mirrored));
  }
}

/**
 * Where in the picture somebody pointed, as shares of it; null beside it.
 * @param {MouseEvent} event
 */
export function pointed(event) {
  const view = part("view", HTMLCanvasElement);
  const video = part("camera", HTMLVideoElement);
  const shown = view.hidden ? video : view;
  const [width, height] = view.hidden
    ? [video.videoWidth, video.videoHeight]
    : [view.width, view.height];
  const at = { x: event.clientX, y: event.clientY };
  const mirrored = $("picture").classList.contains("mirrored");
  return shareOf(at, shown.getBoundingClientRect(), { width, height }, mirrored);
}

/**
 * Where a point lies in a picture that is shown whole in the middle of a box, as shares of the picture.
 * @param {{ x: number, y: number }} at
 * @param {{ left: number, top: number, width: number, height: number }} box
 * @param {{ width: number, height: number }} picture
 * @param {boolean} mirrored left and right are shown the other way round
 */
export function shareOf(at, box, picture, mirrored) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const across = (at.x - box.left - box.width / 2) / (picture.width * scale) + 0.5;
  const y = (at.y - box.top - box.height / 2) / (picture.height * scale) + 0.5;
  const x = mirrored ? 1 - across : across;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
