/** The camera as people handle it: allowed, chosen, unplugged, covered, back again. */

import { part } from "../dom.js";
import { t } from "../words.js";
import { CameraTrouble, listCameras, openCamera } from "./camera.js";

const LOOK_AGAIN_MS = 2000; // for a camera that was unplugged
const STILL_MS = 3000; // without a frame for so long the picture stands still

/**
 * What it tells, and what with: `refused` brings a sentence.
 * @typedef {{ open: MediaStream, refused: string, gone: undefined, back: undefined }} Events
 */

export class Lens extends EventTarget {
  /**
   * @param {HTMLVideoElement} video
   * @param {import("./camera.js").Frames} frames
   */
  constructor(video, frames) {
    super();
    this.video = video;
    this.frames = frames;
    /** @type {string | null} */
    this.deviceId = null;
    this.timer = 0;
    this.choice = part("camera-choice", HTMLSelectElement);
    this.delivered = 0;
    this.deliveredAt = performance.now();
    this.choice.addEventListener("change", () => {
      this.deviceId = this.choice.value;
      void this.open();
    });
  }

  /**
   * Calls `listener` with each event of a kind.
   * @template {keyof Events} Kind
   * @param {Kind} kind
   * @param {(detail: Events[Kind]) => void} listener
   */
  on(kind, listener) {
    this.addEventListener(kind, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  /** @returns {MediaStream | null} */
  get stream() {
    return this.video.srcObject instanceof MediaStream ? this.video.srcObject : null;
  }

  get active() {
    return this.stream?.active ?? false;
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
    for (const track of this.stream?.getTracks() ?? []) {
      track.stop();
    }
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

  /**
   * @template {keyof Events} Kind
   * @param {Kind} kind
   * @param {Events[Kind]} detail
   */
  #emit(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  /** @param {MediaStream} stream */
  async #offer(stream) {
    const cameras = await listCameras();
    this.deviceId = stream.getVideoTracks()[0].getSettings().deviceId ?? null;
    const options = cameras.map(({ deviceId, label }, index) => {
      const name = label || t("page_live_camera_number", { number: index + 1 });
      return new Option(name, deviceId, false, deviceId === this.deviceId);
    });
    this.choice.replaceChildren(...options);
    part("camera-field", HTMLElement).hidden = cameras.length < 2;
  }

  /**
   * Unplugged, or taken away by the system: looked for until it, or another one, is there.
   * @param {MediaStream} stream
   */
  #gone(stream) {
    if (stream !== this.video.srcObject) {
      return; // we went over to another camera ourselves
    }
    this.#emit("gone", undefined);
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
        this.#emit("back", undefined);
      } else {
        this.#lookAgain();
      }
    }, LOOK_AGAIN_MS);
  }
}
