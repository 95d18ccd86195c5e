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

/** 16 bytes before each JPEG: "PA", version, flags, seq u32, capture time f64, little-endian. */
export function packFrame(seq, taken, jpeg) {
  const message = new Uint8Array(HEADER_BYTES + jpeg.byteLength);
  const view = new DataView(message.buffer);
  message.set([0x50, 0x41, 1, 0]);
  view.setUint32(4, seq, true);
  view.setFloat64(8, taken, true);
  message.set(new Uint8Array(jpeg), HEADER_BYTES);
  return message;
}

/** The inverse, for a camera at the server; null for anything else. */
export function unpackFrame(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength <= HEADER_BYTES || view.getUint16(0) !== 0x5041) {
    return null;
  }
  const jpeg = new Blob([new Uint8Array(buffer, HEADER_BYTES)], { type: "image/jpeg" });
  return { seq: view.getUint32(4, true), taken: view.getFloat64(8, true), jpeg };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * Events: `ready`, `result`, `freed` (the seq whose credit came back, and whether a newer frame took its place),
 * `picture` (of a camera at the server), `trouble` (a code of the server and its sentence), `lost` (the close code,
 * the refusal before it and whether it will be tried again).
 */
export class Wire extends EventTarget {
  constructor(address) {
    super();
    this.address = address; // (session | null) -> URL
    this.session = null;
    this.socket = null;
    this.inflight = new Map(); // seq -> time taken
    this.latencies = [];
    this.window = 1;
    this.widest = 3;
    this.mostBytes = 524288;
    this.retryMs = FIRST_RETRY_MS;
    this.timer = null;
    this.refused = null;
    this.counts = { sent: 0, results: 0, drops: 0, skipped: 0, mostInflight: 0 };
    this.ready = false;
    this.heardAt = 0;
    this.sentAt = 0;
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

  /** Whether a frame may go now; if so its credit is taken. */
  take(seq, taken) {
    if (!this.ready) {
      return false;
    }
    this.#forgive();
    if (this.inflight.size >= this.window || this.socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      this.counts.skipped += 1;
      return false;
    }
    this.inflight.set(seq, taken);
    this.counts.mostInflight = Math.max(this.counts.mostInflight, this.inflight.size);
    return true;
  }

  /** Sends a frame whose credit was taken; gives the credit back when it cannot go. */
  send(seq, taken, jpeg) {
    const open = this.ready && this.socket.readyState === WebSocket.OPEN; // closing takes a moment
    if (!open || !this.inflight.has(seq) || jpeg.byteLength + HEADER_BYTES > this.mostBytes) {
      this.free(seq);
      return;
    }
    this.socket.send(packFrame(seq, taken, jpeg));
    this.sentAt = performance.now();
    this.counts.sent += 1;
  }

  /** Tells the server something; false when there is no connection to tell it over. */
  tell(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Gives up a connection that answers nothing any more; `fed` says that the server sends by itself. */
  check(fed) {
    const expects = fed || this.sentAt > this.heardAt;
    if (!this.ready || !expects || performance.now() - this.heardAt < SILENT_MS) {
      return;
    }
    const socket = this.socket;
    this.socket = null;
    socket.close();
    this.#closed(1006);
  }

  free(seq, dropped = false) {
    this.inflight.delete(seq);
    this.#emit("freed", { seq, dropped });
  }

  latency() {
    return this.latencies.length ? median(this.latencies) : null;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #hear(data) {
    if (typeof data !== "string") {
      const picture = unpackFrame(data);
      if (picture) {
        this.#emit("picture", picture);
      }
      return;
    }
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
    if (this.window > 1 && this.latencies.length === LATENCIES && this.latency() > SLOW_MS) {
      this.window = 1;
      this.narrowedAt = now;
    } else if (
      this.window === 1 &&
      now - this.narrowedAt > RELIEF_MS &&
      this.latency() < SLOW_MS / 2
    ) {
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

  #closed(code) {
    this.ready = false;
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
