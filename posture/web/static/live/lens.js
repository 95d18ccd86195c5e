/** The camera as people handle it: allowed, chosen, unplugged, covered, back again. */

import { t } from "/static/words.js";
import { CameraTrouble, listCameras, openCamera } from "./camera.js";

const LOOK_AGAIN_MS = 2000; // for a camera that was unplugged
const STILL_MS = 3000; // without a frame for so long the picture stands still

const $ = (id) => document.getElementById(id);

/**
 * Events: `open` (detail: the stream), `refused` (detail: a sentence), `gone`, `back`.
 */
export class Lens extends EventTarget {
  constructor(video, frames) {
    super();
    this.video = video;
    this.frames = frames;
    this.deviceId = null;
    this.timer = null;
    this.delivered = 0;
    this.deliveredAt = performance.now();
    $("camera-choice").addEventListener("change", ({ target }) => {
      this.deviceId = target.value;
      void this.open();
    });
  }

  get active() {
    return Boolean(this.video.srcObject?.active);
  }

  /** Opens the camera; whether it did. */
  async open() {
    try {
      const stream = await openCamera(this.deviceId);
      this.close();
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.#gone(stream));
      await this.video.play();
      await this.#offer(stream);
      this.frames.start();
      this.seen();
      this.#emit("open", stream);
      return true;
    } catch (error) {
      if (!(error instanceof CameraTrouble)) {
        throw error;
      }
      this.#emit("refused", t(error.code));
      return false;
    }
  }

  close() {
    clearTimeout(this.timer);
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
  }

  /** The clock of `isStill` begins anew, as after a hidden page. */
  seen() {
    this.deliveredAt = performance.now();
  }

  /** Whether no picture has come for a while although the camera is open. */
  isStill() {
    if (this.frames.delivered !== this.delivered) {
      this.seen();
    }
    this.delivered = this.frames.delivered;
    return performance.now() - this.deliveredAt > STILL_MS;
  }

  /** What the server is told of the camera; null until its rate is known. */
  facts() {
    const rate = this.frames.rate();
    if (rate === null) {
      return null;
    }
    return {
      type: "config",
      camera_fps: Math.round(rate * 100) / 100,
      camera_w: this.video.videoWidth,
      camera_h: this.video.videoHeight,
    };
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async #offer(stream) {
    const cameras = await listCameras();
    this.deviceId = stream.getVideoTracks()[0].getSettings().deviceId ?? null;
    const options = cameras.map(({ deviceId, label }, index) => {
      const name = label || t("page_live_camera_number", { number: index + 1 });
      return new Option(name, deviceId, false, deviceId === this.deviceId);
    });
    $("camera-choice").replaceChildren(...options);
    $("camera-field").hidden = cameras.length < 2;
  }

  /** Unplugged, or taken away by the system: looked for until it, or another one, is there. */
  #gone(stream) {
    if (stream !== this.video.srcObject) {
      return; // we went over to another camera ourselves
    }
    this.#emit("gone");
    this.#lookAgain();
  }

  #lookAgain() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const cameras = await listCameras();
      if (!cameras.some(({ deviceId }) => deviceId === this.deviceId)) {
        this.deviceId = null;
      }
      if (cameras.length && (await this.open())) {
        this.#emit("back");
      } else {
        this.#lookAgain();
      }
    }, LOOK_AGAIN_MS);
  }
}
