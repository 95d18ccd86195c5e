/** The camera of this device: opens it at its best, and hands out frames with the time they were taken. */

// Measured: below 640 pixels and below quality 0.9 the joints move by more than the coach can bear.
const SENT_LONG_SIDE = 640;
const JPEG_QUALITY = 0.9;

/**
 * A frame on its way: its number, the page time it was taken at, and its pixels.
 * @typedef {object} Frame
 * @property {number} seq
 * @property {number} taken
 * @property {ImageBitmap} bitmap
 */

/** @typedef {Frame & { jpeg: ArrayBuffer }} Encoded */

/** A trouble with the camera; `code` is a key of the page's words. */
export class CameraTrouble extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @type {Record<string, string>} */
const TROUBLES = {
  NotAllowedError: "page_live_camera_denied",
  SecurityError: "page_live_camera_denied",
  NotFoundError: "page_live_camera_none",
  OverconstrainedError: "page_live_camera_none",
  NotReadableError: "page_live_camera_taken",
  AbortError: "page_live_camera_taken",
};

/** Browsers offer a camera only to https and to this very machine. */
export function cameraAllowedHere() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** @param {string | null} deviceId null = the one that looks away from the screen, where there is one */
export async function openCamera(deviceId) {
  if (!cameraAllowedHere()) {
    throw new CameraTrouble("page_live_camera_insecure");
  }
  const video = {
    width: { ideal: 1920 },
    height: { ideal: 1080 },
    frameRate: { ideal: 30, max: 60 },
    ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } }),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new CameraTrouble(
      TROUBLES[error instanceof Error ? error.name : ""] ?? "page_live_camera_none",
    );
  }
}

/** The cameras to choose from; their names are known only after one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map(({ deviceId, label }) => ({ deviceId, label }));
}

/**
 * How many milliseconds of page time a frame was taken at.
 * @param {number} now
 * @param {VideoFrameCallbackMetadata | null} meta
 */
export function takenAt(now, meta) {
  const taken = meta?.captureTime ?? now;
  // Some drivers stamp with another clock: a time that is not just past is not used.
  return Number.isFinite(taken) && taken <= now && now - taken < 1000 ? taken : now;
}

/**
 * The size that is sent: no side is longer than needed, and none is made larger.
 * @param {{ videoWidth: number, videoHeight: number }} video
 */
export function sentSize({ videoWidth: width, videoHeight: height }) {
  const scale = Math.min(1, SENT_LONG_SIDE / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Encodes in a worker, so that the page stays smooth; on the page itself where a worker cannot draw. */
class Encoder {
  /**
   * @param {(frame: Encoded) => void} onEncoded
   * @param {(seq: number) => void} onFailed
   */
  constructor(onEncoded, onFailed) {
    this.onEncoded = onEncoded;
    this.onFailed = onFailed;
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    /** @type {Set<number>} */
    this.working = new Set(); // seq of the frames that are at the worker
    /** @type {Worker | null} */
    this.worker = null;
    if (typeof OffscreenCanvas === "undefined") {
      return;
    }
    this.worker = new Worker(new URL("encode-worker.js", import.meta.url));
    this.worker.onmessage = ({ data }) => {
      this.working.delete(data.seq);
      if (data.jpeg) {
        this.onEncoded(data);
      } else {
        this.#fallBack(data);
      }
    };
    this.worker.onerror = () => this.#dismiss();
  }

  /** Goes on without the worker; what it still had is lost. */
  #dismiss() {
    this.worker?.terminate();
    this.worker = null;
    for (const seq of this.working) {
      this.onFailed(seq);
    }
    this.working.clear();
  }

  /** @param {Frame} frame */
  encode(frame) {
    if (!this.worker) {
      void this.#encodeHere(frame);
      return;
    }
    this.working.add(frame.seq);
    this.worker.postMessage({ ...frame, quality: JPEG_QUALITY }, [frame.bitmap]);
  }

  /** @param {{ seq: number, taken: number, bitmap?: ImageBitmap }} frame */
  #fallBack({ seq, taken, bitmap }) {
    this.#dismiss();
    if (bitmap) {
      void this.#encodeHere({ seq, taken, bitmap });
    } else {
      this.onFailed(seq);
    }
  }

  /** @param {Frame} frame */
  async #encodeHere({ seq, taken, bitmap }) {
    this.canvas ??= document.createElement("canvas");
    const { canvas } = this;
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    /** @type {Blob | null} */
    const blob = await new Promise((done) => {
      canvas.toBlob(done, "image/jpeg", JPEG_QUALITY);
    });
    if (!blob) {
      this.onFailed(seq);
      return;
    }
    this.onEncoded({ seq, taken, bitmap, jpeg: await blob.arrayBuffer() });
  }
}

/**
 * Frames of a video element, as they come.
 *
 * `wants(seq, taken)` says whether a frame may be sent now: where not, it is let go at once, so nothing
 * ever queues here. `onFrame({seq, taken, bitmap, jpeg})` gets the ones that were wanted.
 */
export class Frames {
  /**
   * @param {HTMLVideoElement} video
   * @param {object} calls
   * @param {(seq: number, taken: number) => boolean} calls.wants
   * @param {(frame: Encoded) => void} calls.onFrame
   * @param {(seq: number) => void} calls.onLost
   */
  constructor(video, { wants, onFrame, onLost }) {
    this.video = video;
    this.wants = wants;
    this.onLost = onLost;
    this.encoder = new Encoder(onFrame, onLost);
    this.seq = 0;
    this.presented = 0;
    this.running = false;
    this.delivered = 0; // frames the camera gave, whether we were called for each or not
    /** @type {[number, number][]} */
    this.arrivals = []; // [page time, delivered so far] of the last seconds
    this.lastTaken = 0;
    this.shown = -1; // the video's time at the last poll
  }

  start() {
    if (this.running) {
      return;
    }
    this.running = true;
    this.#next();
  }

  stop() {
    this.running = false;
  }

  /** Frames in a second that the camera really delivers; null until a second has passed. */
  rate() {
    if (this.arrivals.length === 0) {
      return null;
    }
    const [from, first] = this.arrivals[0];
    const [to, last] = this.arrivals[this.arrivals.length - 1];
    return to - from > 1000 ? ((last - first) * 1000) / (to - from) : null;
  }

  #next() {
    if (!this.running) {
      return;
    }
    if ("requestVideoFrameCallback" in this.video) {
      this.video.requestVideoFrameCallback((now, meta) => this.#frame(now, meta));
    } else {
      requestAnimationFrame((now) => this.#polled(now));
    }
  }

  /** @param {number} now */
  #polled(now) {
    if (this.video.currentTime === this.shown) {
      this.#next();
      return;
    }
    this.shown = this.video.currentTime;
    this.#frame(now, null);
  }

  /**
   * @param {number} now
   * @param {VideoFrameCallbackMetadata | null} meta
   */
  #frame(now, meta) {
    this.#next();
    this.#count(now, meta);
    if (!this.running || !this.video.videoWidth) {
      return;
    }
    const taken = Math.max(takenAt(now, meta), this.lastTaken + 0.1); // the server wants it rising
    if (!this.wants(this.seq + 1, taken)) {
      return;
    }
    this.seq += 1;
    this.lastTaken = taken;
    void this.#grab(this.seq, taken);
  }

  /**
   * @param {number} now
   * @param {VideoFrameCallbackMetadata | null} meta
   */
  #count(now, meta) {
    const presented = meta?.presentedFrames ?? this.presented + 1;
    // a new stream counts from the start again
    this.delivered += presented > this.presented ? presented - this.presented : 1;
    this.presented = presented;
    this.arrivals.push([now, this.delivered]);
    while (now - this.arrivals[0][0] > 3000) {
      this.arrivals.shift();
    }
  }

  /**
   * @param {number} seq
   * @param {number} taken
   */
  async #grab(seq, taken) {
    const { width, height } = sentSize(this.video);
    try {
      const bitmap = await createImageBitmap(this.video, {
        resizeWidth: width,
        resizeHeight: height,
      });
      this.encoder.encode({ seq, taken, bitmap });
    } catch {
      this.onLost(seq); // the camera went away between the callback and the copy
    }
  }
}
