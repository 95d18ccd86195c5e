// Recording a step: in numbered chunks, until all of them are at the server.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  bestKind,
  canRecord,
  Recorder,
  RecordTrouble,
} from "../../posture/web/static/live/record.js";
import { Clock, settle } from "./page.mjs";

const SIZE = { width: 1920, height: 1080, frameRate: 30 };
const STREAM = { getVideoTracks: () => [{ getSettings: () => SIZE }] };

/** The browser's recorder; what it recorded comes from the test. */
class Media {
  static last = null;
  static supported = ["video/webm;codecs=vp8", "video/mp4"];
  static isTypeSupported = (kind) => Media.supported.includes(kind);

  constructor(stream, options) {
    Object.assign(this, { stream, options, state: "inactive", mimeType: options.mimeType });
    Media.last = this;
  }

  start() {
    this.state = "recording";
  }

  stop() {
    assert.notEqual(this.state, "inactive", "stopped twice");
    this.state = "inactive";
    this.onstop();
  }

  gives(...bytes) {
    this.ondataavailable({ data: new Blob([Uint8Array.from(bytes)]) });
  }
}

/** A server that answers in turn; what it was sent is kept. */
class Server {
  constructor(...answers) {
    this.answers = answers;
    this.asked = [];
    globalThis.fetch = async (url, { body }) => {
      this.asked.push(url);
      this.bodies = [...(this.bodies ?? []), body];
      const answer = this.answers.shift() ?? 204;
      if (answer === "lost") {
        throw new TypeError("network");
      }
      const [status, told] = [answer].flat();
      return new Response(told && JSON.stringify(told), { status });
    };
  }
}

beforeEach(() => {
  globalThis.MediaRecorder = Media;
  Media.supported = ["video/webm;codecs=vp8", "video/mp4"];
  globalThis.document = { documentElement: { lang: "en" } };
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { mediaCapabilities: { encodingInfo: async () => ({ supported: true }) } },
  });
});

async function recording() {
  const recorder = new Recorder((step, take) => ({
    chunk: (k) => `${step} ${take} chunk ${k}`,
    end: () => `${step} ${take} end`,
  }));
  await recorder.use(STREAM);
  recorder.start("bend", 2);
  return recorder;
}

test("chunks go out in their order, then what they add up to", async () => {
  const server = new Server();
  const recorder = await recording();
  Media.last.gives(1, 2);
  Media.last.gives(); // nothing in it
  Media.last.gives(3);
  assert.equal(recorder.pending, true);
  await recorder.end();

  assert.deepEqual(server.asked, ["bend 2 chunk 0", "bend 2 chunk 1", "bend 2 end"]);
  assert.deepEqual(JSON.parse(server.bodies[2]), { chunks: 2, mime: "video/webm;codecs=vp8" });
  assert.equal(recorder.pending, false);
});

test("what is larger than the server takes at once goes in pieces, no byte lost", async () => {
  const server = new Server();
  const recorder = await recording();
  Media.last.ondataavailable({ data: new Blob([new Uint8Array(9 * 1024 * 1024)]) });
  await recorder.end();

  const sizes = server.bodies.slice(0, -1).map(({ size }) => size / 1024 / 1024);
  assert.deepEqual(sizes, [4, 4, 1]);
});

test("a chunk that did not arrive is sent again after half a second, twice as long each time, five at most", async (context) => {
  const clock = new Clock(context);
  const server = new Server("lost", 503, 429, 408, "lost", "lost");
  const recorder = await recording();
  Media.last.gives(1);
  const waited = [];
  for (let count = 0; count < 6; count += 1) {
    await settle();
    waited.push(clock.waits[0]);
    clock.advance(clock.waits[0]);
  }
  await recorder.end();

  assert.deepEqual(waited, [500, 1000, 2000, 4000, 5000, 5000]);
  assert.deepEqual(server.asked, [...Array(7).fill("bend 2 chunk 0"), "bend 2 end"]);
});

test("a chunk that the server has already is not sent again", async () => {
  const server = new Server([409, { next: 1 }]);
  const recorder = await recording();
  Media.last.gives(1);
  Media.last.gives(2);
  await recorder.end();

  assert.deepEqual(server.asked, ["bend 2 chunk 0", "bend 2 chunk 1", "bend 2 end"]);
});

test("a chunk that the server misses from before cannot be mended", async () => {
  new Server(204, [409, { next: 0 }]);
  const recorder = await recording();
  Media.last.gives(1);
  Media.last.gives(2);

  await assert.rejects(recorder.end(), RecordTrouble);
});

test("what the server refuses is told in its own sentence, and not tried again", async () => {
  for (const status of [400, 413, 500, 507]) {
    const server = new Server([status, { error: { en: "The disk is full.", ja: "空きがない" } }]);
    const recorder = await recording();
    Media.last.gives(1);

    await assert.rejects(recorder.end(), { sentence: "The disk is full." });
    assert.equal(server.asked.length, 1);
    assert.equal(recorder.pending, false);
  }
});

test("a take of a step that was done anew is let go without a word", async () => {
  const server = new Server(410);
  const recorder = await recording();
  Media.last.gives(1);
  await recorder.end();

  assert.deepEqual(server.asked, ["bend 2 chunk 0"]);
});

test("a take without any picture is not kept", async () => {
  new Server();
  const recorder = await recording();

  await assert.rejects(recorder.end(), { code: "page_live_not_kept" });
});

test("what is dropped is sent no further", async () => {
  const server = new Server();
  const recorder = await recording();
  recorder.drop();
  Media.last.gives(1);
  await settle();

  assert.deepEqual(server.asked, []);
  assert.equal(Media.last.state, "inactive");
  assert.equal(recorder.pending, false);
});

test("a browser that stopped by itself is not stopped again", async () => {
  const server = new Server();
  const recorder = await recording();
  Media.last.gives(1);
  Media.last.stop();
  await recorder.end();

  assert.deepEqual(server.asked, ["bend 2 chunk 0", "bend 2 end"]);
});

test("one take at a time: the next throws away one that did not end", async () => {
  new Server();
  const recorder = await recording();
  const first = Media.last;
  recorder.start("bend", 3);

  assert.equal(first.state, "inactive");
  assert.equal(recorder.take.number, 3);
});

test("without a camera nothing is recorded", () => {
  const recorder = new Recorder(() => ({ chunk: String, end: String }));
  recorder.start("bend", 1);

  assert.equal(recorder.recording, false);
});

test("a kind that hardware encodes goes before the first that is possible", async () => {
  assert.equal(await bestKind(SIZE), "video/webm;codecs=vp8");
  navigator.mediaCapabilities.encodingInfo = async ({ video }) => ({
    supported: true,
    powerEfficient: video.contentType === "video/mp4",
  });
  assert.equal(await bestKind(SIZE), "video/mp4");
  navigator.mediaCapabilities.encodingInfo = () => Promise.reject(new TypeError());
  assert.equal(await bestKind(SIZE), "video/webm;codecs=vp8");
});

test("a browser that knows no kind of ours cannot record, and is asked for none", async () => {
  Media.supported = [];
  assert.equal(canRecord(), false);
  await recording();

  assert.equal("mimeType" in Media.last.options, false);
});

test("a fifth of a bit a pixel is asked for, four million a second at least", async () => {
  await recording();
  assert.equal(Media.last.options.videoBitsPerSecond, 12_441_600); // 1920 x 1080 x 30 / 5
  const small = { getVideoTracks: () => [{ getSettings: () => ({ width: 64, height: 36 }) }] };
  const recorder = new Recorder(() => ({ chunk: String, end: String }));
  await recorder.use(small);
  recorder.start("bend", 1);

  assert.equal(Media.last.options.videoBitsPerSecond, 4_000_000);
});
