/** The socket of a live check: frames go out on credit, results come back; it comes back by itself. */

const HEADER_BYTES = 16;
const ANSWER_WITHIN_MS = 2000; // a frame without an answer gives its credit back
const MOST_BUFFERED_BYTES = 262144;
const SLOW_MS = 150; // measured: above this a window of one is quicker than three
const RELIEF_MS = 10000; // how long a narrowed window stays so before it is tried again
const LATENCIES = 15;
const SILENT_MS = 6000; // a network that is gone often does not say so
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;
const BUSY_RETRY_MS = 15000;
const CLOSED_FOR_GOOD = new Set([1000, 1008, 4000]); // finished; refused; another tab goes on with it
const REFUSALS = new Set(["busy", "no_such_visit"]);

/** @typedef {"left" | "right"} Side */

/** @typedef {[x: number, y: number, z: number, visibility: number]} Landmark */

/** @typedef {{ x: number, top: number, bottom: number }} Ghost */

/** @typedef {{ id: string, recorded: boolean, state: "todo" | "now" | "done" | "skipped" }} Step */

/**
 * What the coach says and wants.
 * @typedef {object} Coach
 * @property {string | null} step
 * @property {number} index
 * @property {number} of
 * @property {number} take
 * @property {string} phase
 * @property {string | null} say
 * @property {number} say_id
 * @property {string | null} tone
 * @property {number} tone_id
 * @property {number | null} count
 * @property {number | null} ring how full, 0 to 1
 * @property {{ code: string, text: string } | null} problem
 * @property {boolean} recording
 * @property {number | null} dropped_take
 * @property {{ key: string, text: string, error: string }[]} numbers
 * @property {Step[]} steps
 */

/**
 * What one frame came to; places are shares of the picture.
 * @typedef {object} Result
 * @property {"result"} type
 * @property {number} seq
 * @property {number} t
 * @property {Landmark[] | null} lm
 * @property {[x: number, y: number][] | null} outline
 * @property {Side | null} near
 * @property {Coach} coach
 */

/**
 * The first message of a session.
 * @typedef {object} Ready
 * @property {"ready"} type
 * @property {string} session
 * @property {boolean} resumed
 * @property {number} [window]
 * @property {number} [max_frame]
 * @property {Step[]} steps
 * @property {[from: number, to: number][]} edges
 * @property {Ghost} ghost
 */

/** @typedef {{ type: "drop", seq: number }} Drop */

/** @typedef {{ type: "error", code: string, text: string, seq?: number }} Trouble */

/** @typedef {{ seq: number, taken: number, jpeg: Blob }} Picture */

/**
 * What it tells, and what with: `freed` is the seq whose credit came back, and whether a newer frame
 * took its place; `picture` is of a camera at the server; `trouble` a code of the server and its
 * sentence; `lost` the close code, the refusal before it and whether it will be tried again.
 * @typedef {object} Events
 * @property {Ready} ready
 * @property {Result} result
 * @property {{ seq: number, dropped: boolean }} freed
 * @property {Picture} picture
 * @property {Trouble} trouble
 * @property {{ code: number, refused: string | null, again: boolean }} lost
 */

/**
 * 16 bytes before each JPEG: "PA", version, flags, seq u32, capture time f64, little-endian.
 * @param {number} seq
 * @param {number} taken
 * @param {ArrayBuffer} jpeg
 */
export function packFrame(seq, taken, jpeg) {
  const message = new Uint8Array(HEADER_BYTES + jpeg.byteLength);
  const view = new DataView(message.buffer);
  message.set([0x50, 0x41, 1, 0]);
  view.setUint32(4, seq, true);
  view.setFloat64(8, taken, true);
  message.set(new Uint8Array(jpeg), HEADER_BYTES);
  return message;
}

/**
 * The inverse, for a camera at the server; null for anything else.
 * @param {ArrayBuffer} buffer
 * @returns {Picture | null}
 */
export function unpackFrame(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength <= HEADER_BYTES || view.getUint16(0) !== 0x5041) {
    return null;
  }
  const jpeg = new Blob([new Uint8Array(buffer, HEADER_BYTES)], { type: "image/jpeg" });
  return { seq: view.getUint32(4, true), taken: view.getFloat64(8, true), jpeg };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export class Wire extends EventTarget {
  /** @param {(session: string | null) => string} address */
  constructor(address) {
    super();
    this.address = address;
    /** @type {string | null} */
    this.session = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Map<number, number>} */
    this.inflight = new Map(); // seq -> time taken
    /** @type {number[]} */
    this.latencies = [];
    this.window = 1;
    this.widest = 3;
    this.mostBytes = 524288;
    this.retryMs = FIRST_RETRY_MS;
    this.timer = 0;
    /** @type {string | null} */
    this.refused = null;
    this.counts = { sent: 0, results: 0, drops: 0, skipped: 0, mostInflight: 0 };
    this.ready = false;
    this.heardAt = 0;
    /** @type {number | null} */
    this.askedAt = null; // since when an answer is due; null = none is
    this.narrowedAt = Number.POSITIVE_INFINITY;
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

  open() {
    clearTimeout(this.timer);
    this.refused = null;
    const socket = new WebSocket(this.address(this.session));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) {
        return;
      }
      this.heardAt = performance.now();
      this.#hear(data);
      this.askedAt = this.inflight.size > 0 ? this.heardAt : null;
    };
    socket.onclose = (event) => {
      if (socket === this.socket) {
        this.#closed(event.code);
      }
    };
    this.socket = socket;
  }

  /** Ends it for good, on our side. */
  close() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    socket?.close(1000);
  }

  /**
   * Whether a frame may go now; if so its credit is taken.
   * @param {number} seq
   * @param {number} taken
   */
  take(seq, taken) {
    const { socket } = this;
    if (!this.ready || !socket) {
      return false;
    }
    this.#forgive();
    if (this.inflight.size >= this.window || socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      this.counts.skipped += 1;
      return false;
    }
    this.inflight.set(seq, taken);
    this.counts.mostInflight = Math.max(this.counts.mostInflight, this.inflight.size);
    return true;
  }

  /**
   * Sends a frame whose credit was taken; gives the credit back when it cannot go.
   * @param {number} seq
   * @param {number} taken
   * @param {ArrayBuffer} jpeg
   */
  send(seq, taken, jpeg) {
    const { socket } = this;
    const open = this.ready && socket?.readyState === WebSocket.OPEN; // closing takes a moment
    if (!open || !this.inflight.has(seq) || jpeg.byteLength + HEADER_BYTES > this.mostBytes) {
      this.free(seq);
      return;
    }
    socket.send(packFrame(seq, taken, jpeg));
    this.askedAt ??= performance.now();
    this.counts.sent += 1;
  }

  /**
   * Tells the server something; false when there is no connection to tell it over.
   * @param {object} message
   */
  tell(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * Gives up a connection that answers nothing any more.
   * @param {boolean} fed the server sends by itself
   */
  check(fed) {
    // who has asked nothing for a while, as behind a hidden page, hears nothing either
    const since = fed ? this.heardAt : this.askedAt;
    if (!this.ready || since === null || performance.now() - since < SILENT_MS) {
      return;
    }
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.#closed(1006);
  }

  /**
   * Gives a frame's credit back.
   * @param {number} seq
   */
  free(seq, dropped = false) {
    this.inflight.delete(seq);
    this.#emit("freed", { seq, dropped });
  }

  /**
   * @template {keyof Events} Kind
   * @param {Kind} kind
   * @param {Events[Kind]} detail
   */
  #emit(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  /** @param {string | ArrayBuffer} data */
  #hear(data) {
    if (typeof data !== "string") {
      const picture = unpackFrame(data);
      if (picture) {
        this.#emit("picture", picture);
      }
      return;
    }
    /** @type {Ready | Result | Drop | Trouble} */
    const message = JSON.parse(data);
    if (message.type === "ready") {
      this.#welcome(message);
    } else if (message.type === "result") {
      this.#result(message);
    } else if (message.type === "drop") {
      this.counts.drops += 1;
      this.free(message.seq, true);
    } else if (message.type === "error") {
      if (message.seq !== undefined) {
        this.free(message.seq);
      }
      if (REFUSALS.has(message.code)) {
        this.refused = message.code;
      }
      this.#emit("trouble", message);
    }
  }

  /** @param {Ready} message */
  #welcome(message) {
    this.session = message.session;
    this.widest = message.window ?? this.widest;
    this.window = this.widest;
    this.mostBytes = message.max_frame ?? this.mostBytes;
    this.retryMs = FIRST_RETRY_MS;
    this.latencies = [];
    this.ready = true;
    this.#emit("ready", message);
  }

  /** @param {Result} message */
  #result(message) {
    const taken = this.inflight.get(message.seq);
    this.counts.results += 1;
    if (taken !== undefined) {
      this.inflight.delete(message.seq);
      this.latencies.push(performance.now() - taken);
      if (this.latencies.length > LATENCIES) {
        this.latencies.shift();
      }
      this.#fitWindow();
    }
    this.#emit("result", message);
  }

  #fitWindow() {
    const now = performance.now();
    const latency = median(this.latencies);
    if (this.window > 1 && this.latencies.length === LATENCIES && latency > SLOW_MS) {
      this.window = 1;
      this.narrowedAt = now;
    } else if (this.window === 1 && now - this.narrowedAt > RELIEF_MS && latency < SLOW_MS / 2) {
      this.window = this.widest;
      this.latencies = [];
    }
  }

  #forgive() {
    const now = performance.now();
    for (const [seq, taken] of this.inflight) {
      if (now - taken > ANSWER_WITHIN_MS) {
        this.free(seq);
      }
    }
  }

  /** @param {number} code */
  #closed(code) {
    this.ready = false;
    this.askedAt = null;
    for (const seq of [...this.inflight.keys()]) {
      this.free(seq);
    }
    const again = !CLOSED_FOR_GOOD.has(code);
    this.#emit("lost", { code, refused: this.refused, again });
    if (!again) {
      return;
    }
    // A busy server is not asked again at once: its reason stays on the screen meanwhile.
    const waitMs = this.refused ? BUSY_RETRY_MS : this.retryMs;
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
    this.timer = setTimeout(() => this.open(), waitMs);
  }
}
