/** The buttons that change nothing about the check: sound, volume, mirror, full screen. */

import { t } from "/static/words.js";

const $ = (id) => document.getElementById(id);

export class Controls {
  constructor(sound) {
    this.sound = sound;
    $("sound").addEventListener("click", () => this.toggleSound());
    $("volume").addEventListener("input", ({ target }) => sound.setVolume(Number(target.value)));
    $("volume").addEventListener("change", () => sound.tone("count"));
    $("mirror").addEventListener("click", () => this.#mirror());
    $("fullscreen").addEventListener("click", () => this.toggleFullscreen());
    $("fullscreen").hidden = !document.fullscreenEnabled;
    this.show(false);
  }

  /** Shows how the sound is; `wanted` says that it should be heard by now. */
  show(wanted) {
    const { sound } = this;
    $("sound").setAttribute("aria-pressed", String(sound.on));
    $("volume").value = String(sound.volume);
    $("volume").disabled = !sound.on;
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

/** Where in the picture somebody pointed, as shares of it; null beside it. */
export function pointed(event) {
  const [view, video] = [$("view"), $("camera")];
  const shown = view.hidden ? video : view;
  const [width, height] = view.hidden
    ? [video.videoWidth, video.videoHeight]
    : [view.width, view.height];
  const box = shown.getBoundingClientRect();
  const scale = Math.min(box.width / width, box.height / height);
  const across = (event.clientX - box.left - box.width / 2) / (width * scale) + 0.5;
  const y = (event.clientY - box.top - box.height / 2) / (height * scale) + 0.5;
  const x = $("picture").classList.contains("mirrored") ? 1 - across : across;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
