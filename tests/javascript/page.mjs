// What scripts ask of a browser that Node has not: a clock that is turned by hand, a page's words.

// Debian's Node 18 has none
globalThis.CustomEvent ??= class extends Event {
  constructor(kind, { detail } = {}) {
    super(kind);
    this.detail = detail;
  }
};

/** A clock in the place of setTimeout and performance.now; `advance` lets so many milliseconds pass. */
export class Clock {
  constructor(context) {
    this.now = 0;
    this.waiting = new Map();
    this.count = 0;
    const kept = [globalThis.setTimeout, globalThis.clearTimeout];
    globalThis.setTimeout = (call, ms = 0) => {
      this.count += 1;
      this.waiting.set(this.count, { call, at: this.now + ms });
      return this.count;
    };
    globalThis.clearTimeout = (number) => this.waiting.delete(number);
    context.mock.method(performance, "now", () => this.now);
    context.after(() => {
      [globalThis.setTimeout, globalThis.clearTimeout] = kept;
    });
  }

  /** What is waited for, in milliseconds from now. */
  get waits() {
    return [...this.waiting.values()].map(({ at }) => at - this.now).sort((a, b) => a - b);
  }

  advance(ms) {
    const end = this.now + ms;
    for (;;) {
      const [first] = [...this.waiting].sort(([, a], [, b]) => a.at - b.at);
      if (first === undefined || first[1].at > end) {
        break;
      }
      this.waiting.delete(first[0]);
      this.now = first[1].at;
      first[1].call();
    }
    this.now = end;
  }
}

/** Let everything happen that waits for a promise. */
export async function settle() {
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve();
  }
}

/** A page with these words, in the place of `document`; before a script that reads them is loaded. */
export function pageWith(words, lang = "en") {
  globalThis.document = {
    documentElement: { lang },
    getElementById: (id) => (id === "words" ? { textContent: JSON.stringify(words) } : null),
  };
}
