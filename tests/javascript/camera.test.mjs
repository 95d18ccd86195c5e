// Frames of the camera: their size, their time, their rate, and who makes JPEGs of them.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Frames, sentSize, takenAt } from "../../posture/web/static/live/camera.js";
import { settle } from "./page.mjs";

/** A worker whose answers are the test's. */
class EncodeWorker {
  static last = null;

  constructor() {
    Object.assign(this, { asked: [], ended: false });
    EncodeWorker.last = this;
  }

  postMessage(frame) {
    this.asked.push(frame);
  }

  terminate() {
    this.ended = true;
  }
}

class Video {
  videoWidth = 1280;
  videoHeight = 720;

  requestVideoFrameCallback(call) {
    this.call = call;
  }

  /** The next frame: `now` is the page's time, `meta` what the browser knows of it. */
  gives(now, meta) {
    this.call(now, meta);
  }
}

beforeEach(() => {
  globalThis.OffscreenCanvas = class {};
  globalThis.Worker = EncodeWorker;
  globalThis.createImageBitmap = async (_, size) => ({ ...size });
  globalThis.document = {
    createElement: () => ({
      getContext: () => ({ drawImage: () => {} }),
      toBlob: (done) => done(new Blob([Uint8Array.of(1, 2, 3)])),
    }),
  };
});

/** Frames of a video that are all wanted, and what became of them. */
function running(wants = () => true) {
  const video = new Video();
  const encoded = [];
  const lost = [];
  const frames = new Frames(video, {
    wants,
    onFrame: (frame) => encoded.push(frame),
    onLost: (seq) => lost.push(seq),
  });
  frames.start();
  return { video, frames, encoded, lost };
}

test("the longer side is sent with 640 pixels, the shape stays, and nothing is made larger", () => {
  const sent = (videoWidth, videoHeight) => Object.values(sentSize({ videoWidth, videoHeight }));

  assert.deepEqual(sent(1920, 1080), [640, 360]);
  assert.deepEqual(sent(1080, 1920), [360, 640]);
  assert.deepEqual(sent(640, 480), [640, 480]);
  assert.deepEqual(sent(320, 240), [320, 240]);
});

test("a frame's time is the camera's, unless its clock is another one", () => {
  assert.equal(takenAt(5000, { captureTime: 4960 }), 4960);
  assert.equal(takenAt(5000, {}), 5000);
  assert.equal(takenAt(5000, null), 5000);
  assert.equal(takenAt(5000, { captureTime: 5001 }), 5000); // not yet
  assert.equal(takenAt(5000, { captureTime: 4000 }), 5000); // a second ago
  assert.equal(takenAt(5000, { captureTime: Number.NaN }), 5000);
});

test("a camera of thirty frames a second is told as one, skipped callbacks or not", () => {
  const { video, frames } = running(() => false);
  for (let count = 0; count <= 60; count += 1) {
    if (count % 3 !== 1) {
      video.gives((count * 1000) / 30, { presentedFrames: 100 + count });
    }
  }

  assert.ok(Math.abs(frames.rate() - 30) < 1e-9);
});

test("the rate follows a camera that slows down, and counts on over a new stream", () => {
  const { video, frames } = running(() => false);
  let now = 0;
  for (let count = 1; count <= 90; count += 1) {
    now += 1000 / 30;
    video.gives(now, { presentedFrames: count });
  }
  for (let count = 1; count <= 60; count += 1) {
    now += 100;
    video.gives(now, { presentedFrames: count });
  }

  assert.ok(Math.abs(frames.rate() - 10) < 0.5);
});

test("the rate is unknown for the first second", () => {
  const { video, frames } = running(() => false);
  assert.equal(frames.rate(), null);
  video.gives(0, { presentedFrames: 1 });
  video.gives(900, { presentedFrames: 28 });

  assert.equal(frames.rate(), null);
});

test("frames are numbered as they are wanted, and their times rise", async () => {
  const asked = [];
  const { video } = running((seq, taken) => {
    asked.push([seq, taken]);
    return seq !== 2 || asked.length > 2;
  });
  video.gives(1000, { captureTime: 990 });
  video.gives(1033, { captureTime: 1023 }); // let go
  video.gives(1066, { captureTime: 980 }); // a driver that stamps backwards
  await settle();

  assert.deepEqual(
    asked.map(([seq]) => seq),
    [1, 2, 2],
  );
  assert.ok(asked[2][1] > asked[0][1]);
  assert.deepEqual(
    EncodeWorker.last.asked.map(({ seq }) => seq),
    [1, 2],
  );
});

test("nothing is taken of a video without a picture, or when it was stopped", async () => {
  const { video, frames } = running();
  video.videoWidth = 0;
  video.gives(0, {});
  video.videoWidth = 1280;
  frames.stop();
  video.gives(33, {});
  await settle();

  assert.deepEqual(EncodeWorker.last.asked, []);
});

test("a frame whose camera goes away meanwhile is lost", async () => {
  globalThis.createImageBitmap = () => Promise.reject(new Error("gone"));
  const { video, lost } = running();
  video.gives(0, {});
  await settle();

  assert.deepEqual(lost, [1]);
});

test("where the worker cannot draw, the page does, and what the worker still had is lost", async () => {
  const { video, encoded, lost } = running();
  for (const now of [0, 33, 66]) {
    video.gives(now, {});
    await settle();
  }
  const worker = EncodeWorker.last;
  worker.onmessage({ data: worker.asked[0] }); // back without a JPEG
  await settle();
  video.gives(99, {});
  await settle();

  assert.equal(worker.ended, true);
  assert.deepEqual(lost, [2, 3]);
  assert.deepEqual(
    encoded.map(({ seq }) => seq),
    [1, 4],
  );
  assert.deepEqual([...new Uint8Array(encoded[1].jpeg)], [1, 2, 3]);
});

test("frames at a worker that fails are lost by their numbers", async () => {
  const { video, lost } = running();
  video.gives(0, {});
  video.gives(33, {});
  await settle();
  EncodeWorker.last.onmessage({ data: { seq: 1, jpeg: new ArrayBuffer(1) } });
  EncodeWorker.last.onerror();

  assert.deepEqual(lost, [2]);
});

test("the worker gives back the bitmap with its JPEG, without it where it cannot", async () => {
  const answers = [];
  globalThis.self = { postMessage: (message) => answers.push(message) };
  globalThis.OffscreenCanvas = class {
    constructor(width, height) {
      Object.assign(this, { width, height });
    }

    getContext() {
      return { drawImage: () => {} };
    }

    async convertToBlob({ type, quality }) {
      if (quality > 1) {
        throw new Error("no such quality");
      }
      return new Blob([`${this.width}x${this.height} ${type}`]);
    }
  };
  await import("../../posture/web/static/live/encode-worker.js");
  const bitmap = { width: 64, height: 36 };
  await globalThis.self.onmessage({ data: { seq: 5, taken: 1.5, bitmap, quality: 0.9 } });
  await globalThis.self.onmessage({ data: { seq: 6, taken: 2.5, bitmap, quality: 9 } });

  const [drawn, failed] = answers;
  assert.equal(new TextDecoder().decode(drawn.jpeg), "64x36 image/jpeg");
  assert.deepEqual([drawn.seq, drawn.taken, drawn.bitmap], [5, 1.5, bitmap]);
  assert.deepEqual(failed, { seq: 6, taken: 2.5, bitmap });
});
