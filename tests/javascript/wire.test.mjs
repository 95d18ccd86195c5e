// The socket of a live check: its bytes, its credit, and how it comes back.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { packFrame, unpackFrame, Wire } from "../../posture/web/static/live/wire.js";
import { Clock } from "./page.mjs";

/** A socket whose server is the test. */
class Socket {
  static OPEN = 1;
  static all = [];

  constructor(url) {
    Object.assign(this, { url, readyState: 1, bufferedAmount: 0, sent: [], closedWith: null });
    Socket.all.push(this);
  }

  send(data) {
    this.sent.push(data);
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code ?? null;
  }

  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  breaks(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

beforeEach(() => {
  globalThis.WebSocket = Socket;
  Socket.all = [];
});

const JPEG = Uint8Array.of(0xff, 0xd8, 7).buffer;
const READY = { type: "ready", session: "s1", window: 3, max_frame: 1000 };

/** A wire whose server has said that it is ready, and all events from then on. */
function connected(more = {}) {
  const wire = new Wire((session) => `ws://here/?${session}`);
  const events = [];
  for (const kind of ["ready", "result", "freed", "picture", "trouble", "lost"]) {
    wire.on(kind, (detail) => events.push([kind, detail]));
  }
  wire.open();
  const socket = Socket.all.at(-1);
  socket.says({ ...READY, ...more });
  events.length = 0;
  return { wire, socket, events };
}

function frame(wire, seq, taken) {
  const taking = wire.take(seq, taken);
  if (taking) {
    wire.send(seq, taken, JPEG);
  }
  return taking;
}

test("a frame goes out as 16 bytes little-endian and its JPEG", () => {
  const message = packFrame(0x01020304, 1, JPEG);

  // "PA", version 1, no flags; the number; 1.0 as a double, sign and exponent last
  const header = [0x50, 0x41, 1, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
  assert.deepEqual([...message], [...header, 0xff, 0xd8, 7]);
});

test("the largest number and a time with decimals come back as they were", async () => {
  const back = unpackFrame(packFrame(0xffffffff, 1234567.125, JPEG).buffer);

  assert.equal(back.seq, 4294967295);
  assert.equal(back.taken, 1234567.125);
  assert.deepEqual([...new Uint8Array(await back.jpeg.arrayBuffer())], [0xff, 0xd8, 7]);
});

test("what is no frame is none", () => {
  const other = packFrame(1, 1, JPEG);
  other[0] = 0x51;

  assert.equal(unpackFrame(other.buffer), null);
  assert.equal(unpackFrame(packFrame(1, 1, new ArrayBuffer(0)).buffer), null); // without a picture
});

test("nothing goes before the server is ready", () => {
  const wire = new Wire(() => "ws://here/");
  wire.open();

  assert.equal(frame(wire, 1, 0), false);
  assert.deepEqual(Socket.all[0].sent, []);
});

test("as many frames are on their way as the server allows, and one more for each answer", (context) => {
  new Clock(context);
  const { wire, socket } = connected();

  assert.deepEqual(
    [1, 2, 3, 4].map((seq) => frame(wire, seq, 0)),
    [true, true, true, false],
  );
  socket.says({ type: "result", seq: 2 });
  assert.equal(frame(wire, 5, 0), true);
  assert.equal(frame(wire, 6, 0), false);
  socket.says({ type: "drop", seq: 1 });
  assert.equal(frame(wire, 7, 0), true);
  assert.equal(wire.counts.sent, 5);
});

test("a frame that is not answered gives its credit back after two seconds", (context) => {
  const clock = new Clock(context);
  const { wire, events } = connected({ window: 1 });
  frame(wire, 1, 0);
  clock.advance(2000);
  assert.equal(frame(wire, 2, 2000), false);
  clock.advance(1);

  assert.equal(frame(wire, 3, 2001), true);
  assert.deepEqual(events, [["freed", { seq: 1, dropped: false }]]);
});

test("a frame that is too large for the server is not sent", (context) => {
  new Clock(context);
  const { wire, socket } = connected({ max_frame: 18 });
  frame(wire, 1, 0);

  assert.deepEqual(socket.sent, []); // 16 and 3 bytes
  assert.equal(wire.inflight.size, 0);
});

test("a socket that cannot keep up is given no more", (context) => {
  new Clock(context);
  const { wire, socket } = connected();
  socket.bufferedAmount = 300_000;

  assert.equal(frame(wire, 1, 0), false);
});

test("over a slow connection one frame at a time goes out, and three again when it is quick", (context) => {
  const clock = new Clock(context);
  const { wire, socket } = connected();
  let seq = 0;
  const answeredAfter = (ms) => {
    seq += 1;
    frame(wire, seq, clock.now);
    clock.advance(ms);
    socket.says({ type: "result", seq });
  };

  for (let count = 0; count < 15; count += 1) {
    answeredAfter(400);
  }
  assert.deepEqual(
    [101, 102].map((each) => frame(wire, each, clock.now)),
    [true, false],
  );
  socket.says({ type: "result", seq: 101 });
  for (let count = 0; count < 250; count += 1) {
    answeredAfter(50); // more than ten seconds of it
  }
  assert.deepEqual(
    [901, 902, 903, 904].map((each) => frame(wire, each, clock.now)),
    [true, true, true, false],
  );
});

test("what the server sees and says is passed on", (context) => {
  new Clock(context);
  const { socket, events } = connected();
  socket.says({ type: "result", seq: 9, coach: { phase: "rest" } });
  socket.says({ type: "error", code: "not_saved", text: "The disk is full." });
  socket.onmessage({ data: packFrame(4, 2.5, JPEG).buffer });

  assert.deepEqual(
    events.map(([kind]) => kind),
    ["result", "trouble", "picture"],
  );
  assert.equal(events[0][1].coach.phase, "rest");
  assert.equal(events[1][1].text, "The disk is full.");
  assert.equal(events[2][1].taken, 2.5);
});

test("a message goes only over a connection that is open", (context) => {
  new Clock(context);
  const { wire, socket } = connected();

  assert.equal(wire.tell({ type: "mark", what: "pause" }), true);
  assert.deepEqual(socket.sent, ['{"type":"mark","what":"pause"}']);
  socket.readyState = 2;
  assert.equal(wire.tell({ type: "mark", what: "resume" }), false);
});

test("a lost connection is tried again after a quarter second, twice as long each time, five at most", (context) => {
  const clock = new Clock(context);
  const { events } = connected();
  const waited = [];
  for (let count = 0; count < 7; count += 1) {
    Socket.all.at(-1).breaks(1006);
    waited.push(clock.waits[0]);
    clock.advance(clock.waits[0]);
  }

  assert.deepEqual(waited, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  assert.equal(Socket.all.length, 8);
  assert.deepEqual(events[0], ["lost", { code: 1006, refused: null, again: true }]);
});

test("it comes back to its session, and the next loss is tried quickly again", (context) => {
  const clock = new Clock(context);
  connected();
  for (let count = 0; count < 4; count += 1) {
    Socket.all.at(-1).breaks(1006);
    clock.advance(5000);
  }
  assert.equal(Socket.all.at(-1).url, "ws://here/?s1");
  Socket.all.at(-1).says(READY);
  Socket.all.at(-1).breaks(1006);

  assert.deepEqual(clock.waits, [250]);
});

test("frames that were on their way when it broke get their credit back", (context) => {
  const clock = new Clock(context);
  const { wire, socket, events } = connected();
  frame(wire, 1, 0);
  frame(wire, 2, 0);
  socket.breaks(1006);

  assert.deepEqual(
    events.filter(([kind]) => kind === "freed").map(([, { seq }]) => seq),
    [1, 2],
  );
  assert.equal(frame(wire, 3, 0), false); // not before it is there again
  clock.advance(250);
  Socket.all.at(-1).says(READY);
  assert.equal(frame(wire, 4, 0), true);
});

test("what was finished, refused or taken over is not tried again", (context) => {
  for (const code of [1000, 1008, 4000]) {
    const clock = new Clock(context);
    const { socket, events } = connected();
    socket.breaks(code);

    assert.deepEqual(clock.waits, []);
    assert.deepEqual(events, [["lost", { code, refused: null, again: false }]]);
  }
});

test("a busy server is asked again after fifteen seconds", (context) => {
  const clock = new Clock(context);
  const { socket, events } = connected();
  socket.says({ type: "error", code: "busy", text: "Somebody else." });
  socket.breaks(1013);

  assert.deepEqual(clock.waits, [15_000]);
  assert.equal(events.at(-1)[1].refused, "busy");
});

test("who closes it has it closed for good", (context) => {
  const clock = new Clock(context);
  const { wire, socket, events } = connected();
  wire.close();
  socket.breaks(1000);

  assert.equal(socket.closedWith, 1000);
  assert.deepEqual(clock.waits, []);
  assert.deepEqual(events, []);
});

test("a word of a socket that was given up is not heard", (context) => {
  const clock = new Clock(context);
  const { socket, events } = connected();
  socket.breaks(1006);
  clock.advance(250);
  events.length = 0;
  socket.says({ type: "result", seq: 1 });
  socket.breaks(1006);

  assert.deepEqual(events, []);
});

test("a server that answers nothing for six seconds is given up", (context) => {
  const clock = new Clock(context);
  const { wire, socket, events } = connected();
  frame(wire, 1, 0);
  clock.advance(5999);
  wire.check(false);
  assert.deepEqual(events, []);
  clock.advance(1);
  wire.check(false);

  assert.equal(socket.readyState, 3);
  assert.equal(events.at(-1)[0], "lost");
  assert.equal(events.at(-1)[1].again, true);
});

test("frames sent all the while do not hide that nothing is answered", (context) => {
  const clock = new Clock(context);
  const { wire, events } = connected();
  for (let seq = 1; seq <= 60; seq += 1) {
    frame(wire, seq, clock.now);
    clock.advance(100);
  }
  wire.check(false);

  assert.equal(events.at(-1)[0], "lost");
});

test("a server that goes silent after an answer is given up six seconds after it", (context) => {
  const clock = new Clock(context);
  const { wire, socket, events } = connected();
  frame(wire, 1, 0);
  frame(wire, 2, 0);
  clock.advance(100);
  socket.says({ type: "result", seq: 1 });
  clock.advance(6000);
  wire.check(false);

  assert.equal(events.at(-1)[0], "lost");
});

test("a page that asked nothing for a while does not give the server up at its first frame", (context) => {
  const clock = new Clock(context);
  const { wire, socket, events } = connected();
  frame(wire, 1, 0);
  socket.says({ type: "result", seq: 1 });
  clock.advance(60_000); // hidden: no frames
  wire.check(false);
  frame(wire, 2, clock.now);
  clock.advance(100);
  wire.check(false);

  assert.deepEqual(
    events.filter(([kind]) => kind === "lost"),
    [],
  );
});

test("a server with a camera of its own is heard without being asked", (context) => {
  const clock = new Clock(context);
  const { wire, events } = connected();
  clock.advance(6000);
  wire.check(true);

  assert.equal(events.at(-1)[0], "lost");
});
