/** Records each step from the camera's full picture, and sends it in numbered chunks until all are there. */

const SLICE_MS = 1000;
const MOST_CHUNK_BYTES = 4 * 1024 * 1024;
const MOST_WAITING_BYTES = 512 * 1024 * 1024;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
const BITS_A_PIXEL = 0.2; // joints move by under a pixel against the raw picture
const LEAST_BITS_A_SECOND = 4_000_000;

// In the order of preference when none of them is encoded by hardware: VP8 is the cheapest in software.
const KINDS = [
  "video/webm;codecs=vp8",
  "video/webm;codecs=h264",
  "video/mp4;codecs=avc1.640028",
  "video/mp4;codecs=avc1",
  "video/mp4",
  "video/webm",
];

/** @typedef {{ width: number, height: number, frameRate: number }} Size */

/**
 * Where the parts of a take go.
 * @typedef {{ chunk: (k: number) => string, end: () => string }} Addresses
 */

/** A recording that could not be kept; `sentence` is the server's own, where it gave one. */
export class RecordTrouble extends Error {
  /**
   * @param {string} code
   * @param {string | null} sentence
   */
  constructor(code, sentence = null) {
    super(code);
    this.code = code;
    this.sentence = sentence;
  }
}

export function canRecord() {
  return (
    typeof MediaRecorder !== "undefined" &&
    KINDS.some((kind) => MediaRecorder.isTypeSupported(kind))
  );
}

/**
 * The kind of file to record: one that hardware encodes where there is one.
 * @param {Size} size
 */
export async function bestKind({ width, height, frameRate }) {
  const possible = KINDS.filter((kind) => MediaRecorder.isTypeSupported(kind));
  const bitrate = bitsASecond({ width, height, frameRate });
  for (const contentType of possible) {
    /** @type {VideoConfiguration} */
    const video = { contentType, width, height, bitrate, framerate: frameRate };
    try {
      const info = await navigator.mediaCapabilities.encodingInfo({ type: "record", video });
      if (info.supported && info.powerEfficient) {
        return contentType;
      }
    } catch {
      break; // this browser cannot tell
    }
  }
  return possible[0] ?? null;
}

/** @param {Size} size */
function bitsASecond({ width, height, frameRate }) {
  return Math.max(LEAST_BITS_A_SECOND, Math.round(width * height * frameRate * BITS_A_PIXEL));
}

/**
 * @param {MediaStream} stream
 * @returns {Size}
 */
function settingsOf(stream) {
  const { width = 1280, height = 720, frameRate = 30 } = stream.getVideoTracks()[0].getSettings();
  return { width, height, frameRate };
}

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** What the server answers when it has a chunk already or misses one: where to go on. */
class OtherNext extends Error {
  /** @param {number} next */
  constructor(next) {
    super("next");
    this.next = next;
  }
}

/** The server has done this take's step anew: nothing of it is wanted any more. */
class Unwanted extends Error {}

/**
 * POSTs until it is taken. The server's refusal is final; a lost network is not.
 * @param {string} url
 * @param {BodyInit} body
 * @param {Record<string, string>} headers
 * @param {AbortSignal} signal
 */
async function post(url, body, headers, signal) {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
    signal.throwIfAborted();
    const answer = await fetch(url, { method: "POST", body, headers, signal }).catch(() => null);
    if (answer === null) {
      await pause(waitMs);
      continue;
    }
    if (answer.ok) {
      await answer.arrayBuffer().catch(() => null); // read to its end, or the browser counts it as broken off
      return;
    }
    if (answer.status === 410) {
      throw new Unwanted();
    }
    // 507, the disk is full, and 500, a database that is damaged: trying again mends neither
    const final = [500, 507].includes(answer.status) || answer.status < 500;
    if (final && ![408, 425, 429].includes(answer.status)) {
      throw await refusal(answer);
    }
    await pause(waitMs);
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const { error, next } = await answer.json().catch(() => ({}));
  if (answer.status === 409 && Number.isInteger(next)) {
    return new OtherNext(next);
  }
  return new RecordTrouble("page_live_not_kept", error?.[document.documentElement.lang] ?? null);
}

/** One step being recorded and sent. */
class Take {
  /**
   * @param {number} number
   * @param {MediaStream} stream
   * @param {string | null} kind null = as the browser likes
   * @param {Addresses} address
   */
  constructor(number, stream, kind, address) {
    this.number = number;
    this.address = address;
    this.given = new AbortController();
    /** @type {Blob[]} */
    this.waiting = [];
    this.waitingBytes = 0;
    this.chunks = 0;
    this.ended = false;
    /** @type {(value?: unknown) => void} */
    this.wake = () => {};
    this.recorder = new MediaRecorder(stream, {
      ...(kind === null ? {} : { mimeType: kind }),
      videoBitsPerSecond: bitsASecond(settingsOf(stream)),
    });
    this.stopped = new Promise((done) => {
      this.recorder.onstop = done;
      this.recorder.onerror = done; // what came before it is sent all the same
    });
    this.recorder.ondataavailable = ({ data }) => this.#keep(data);
    this.recorder.start(SLICE_MS);
    this.sent = this.#send();
    this.sent.catch(() => {}); // whoever ends the take hears of it
  }

  async end() {
    this.#stop();
    await this.stopped;
    this.ended = true;
    this.wake();
    await this.sent;
  }

  /** Forgets it, here; the server forgets its part when the step is done again. */
  drop() {
    this.given.abort();
    this.waiting = [];
    this.wake();
    this.#stop();
  }

  #stop() {
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
    }
  }

  /** @param {Blob} data */
  #keep(data) {
    if (!data.size || this.given.signal.aborted) {
      return;
    }
    for (let from = 0; from < data.size; from += MOST_CHUNK_BYTES) {
      this.waiting.push(data.slice(from, from + MOST_CHUNK_BYTES));
    }
    this.waitingBytes += data.size;
    if (this.waitingBytes > MOST_WAITING_BYTES) {
      this.#stop();
    }
    this.wake();
  }

  async #send() {
    const { signal } = this.given;
    try {
      for (;;) {
        if (this.waiting.length) {
          await this.#sendOne(signal);
        } else if (this.ended) {
          break;
        } else {
          await new Promise((wake) => {
            this.wake = wake;
          });
        }
        signal.throwIfAborted();
      }
      if (!this.chunks) {
        throw new RecordTrouble("page_live_not_kept");
      }
      const facts = JSON.stringify({ chunks: this.chunks, mime: this.recorder.mimeType });
      await post(this.address.end(), facts, { "Content-Type": "application/json" }, signal);
    } catch (error) {
      if (error instanceof OtherNext) {
        throw new RecordTrouble("page_live_not_kept");
      }
      if (!(error instanceof Unwanted)) {
        throw error;
      }
      this.drop();
    }
  }

  /** @param {AbortSignal} signal */
  async #sendOne(signal) {
    const chunk = this.waiting[0];
    const headers = { "Content-Type": "application/octet-stream" };
    try {
      await post(this.address.chunk(this.chunks), chunk, headers, signal);
    } catch (error) {
      // its answer was lost on the way, and the server has this chunk: what is missing earlier cannot be mended
      if (!(error instanceof OtherNext) || error.next !== this.chunks + 1) {
        throw error;
      }
    }
    this.chunks += 1;
    this.waiting.shift();
    this.waitingBytes -= chunk.size;
  }
}

/** The recordings of a check, one at a time. */
export class Recorder {
  /** @param {(step: string, take: number) => Addresses} addresses where chunks go */
  constructor(addresses) {
    this.addresses = addresses;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {string | null} */
    this.kind = null;
    /** @type {Take | null} */
    this.take = null;
    /** @type {string | null} */
    this.step = null;
    /** @type {Set<Promise<void>>} */
    this.sending = new Set();
  }

  /** @param {MediaStream} stream */
  async use(stream) {
    this.stream = stream;
    this.kind = await bestKind(settingsOf(stream));
  }

  get recording() {
    return this.take !== null;
  }

  /** Whether something recorded is not at the server yet. */
  get pending() {
    return this.take !== null || this.sending.size > 0;
  }

  /**
   * @param {string} step
   * @param {number} number
   */
  start(step, number) {
    this.drop();
    if (this.stream === null) {
      return;
    }
    this.step = step;
    this.take = new Take(number, this.stream, this.kind, this.addresses(step, number));
  }

  /** Ends the step's recording; resolves when the server has all of it. */
  async end() {
    const take = this.take;
    if (!take) {
      return;
    }
    this.take = null;
    const sending = take.end();
    this.sending.add(sending);
    try {
      await sending;
    } finally {
      this.sending.delete(sending);
    }
  }

  drop() {
    this.take?.drop();
    this.take = null;
  }

  /** Resolves when everything recorded so far is at the server, or was refused. */
  async settled() {
    await Promise.allSettled([...this.sending]);
  }
}
