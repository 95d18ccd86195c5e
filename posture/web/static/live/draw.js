/** Draws the very picture a result was computed from, and the body on it. */

const COLOURS = { near: "#56b4e9", far: "#9aa5b1", plumb: "#f0e442", ghost: "#ffffff" };
const HALO = "rgb(0 0 0 / 60%)";
const SEEN = 0.5; // visibility below which a point is not drawn
const MOST_SCALE = 2; // ink at twice the sent picture is sharp enough, and cheap enough to draw
const KEPT_PICTURES = 8;
const NOSE = 0;
const NOSE_TO_HEEL = 0.88; // of a standing body's height, as in STANDING: nose .08, heel .96
const EDGE = 0.01; // a body that comes nearer to the edge may be cut off there
const LEAST_TALL = 0.3; // of the picture; smaller is somebody far away
const SHOULDERS = [11, 12];
const HEELS = { left: 29, right: 30 };
const ANKLES = { left: 27, right: 28 };

/** @typedef {import("./wire.js").Result} Result */
/** @typedef {import("./wire.js").Side} Side */
/** @typedef {import("./wire.js").Landmark} Landmark */
/** @typedef {[x: number, y: number]} Point */

// A standing body from its right, the head's top at 0 and the soles at 1; x in heights, forward is positive.
/** @type {Point[]} */
const STANDING = [
  [0.02, 0],
  [0.065, 0.035],
  [0.078, 0.075],
  [0.055, 0.118],
  [0.03, 0.15],
  [0.072, 0.22],
  [0.082, 0.3],
  [0.072, 0.42],
  [0.066, 0.52],
  [0.066, 0.62],
  [0.044, 0.72],
  [0.036, 0.82],
  [0.03, 0.92],
  [0.1, 0.966],
  [0.122, 0.995],
  [0, 1],
  [-0.058, 0.995],
  [-0.05, 0.955],
  [-0.03, 0.91],
  [-0.052, 0.8],
  [-0.03, 0.715],
  [-0.052, 0.62],
  [-0.092, 0.51],
  [-0.052, 0.4],
  [-0.084, 0.29],
  [-0.086, 0.22],
  [-0.04, 0.15],
  [-0.074, 0.085],
  [-0.055, 0.02],
];

/**
 * A closed line through the middles of the points' joins: round where the points are few.
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} points
 */
function round(context, points) {
  context.beginPath();
  context.moveTo(...middle(points[points.length - 1], points[0]));
  points.forEach((point, index) => {
    context.quadraticCurveTo(...point, ...middle(point, points[(index + 1) % points.length]));
  });
  context.closePath();
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
function middle(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/**
 * @param {number} index
 * @returns {Side}
 */
function sideOf(index) {
  return index % 2 ? "left" : "right"; // from the shoulders down, MediaPipe's odd points are the left ones
}

/**
 * @param {Side | null} near
 * @param {number} from
 * @param {number} to
 */
export function isFar(near, from, to) {
  const across = sideOf(from) !== sideOf(to);
  return near !== null && !across && sideOf(from) !== near;
}

/**
 * The place to stand, as tall as the client is and on the floor the client stands on: only where
 * to, and which way to face, is left to be told. Who is cut off or not there gets the usual one.
 * @template {import("./wire.js").Ghost} G
 * @param {G} ghost
 * @param {Landmark[] | null} lm
 * @param {Point[] | null} outline
 * @returns {G}
 */
export function fitted(ghost, lm, outline) {
  if (!lm || !outline?.length) {
    return ghost;
  }
  const ys = outline.map(([, y]) => y);
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const feet = Math.max(lm[HEELS.left][1], lm[HEELS.right][1]);
  const isWhole = top > EDGE && bottom < 1 - EDGE && lm[NOSE][1] < lm[SHOULDERS[0]][1];
  // with raised arms the outline ends at the hands: the nose tells where the head's top is
  const tall = (feet - lm[NOSE][1]) / NOSE_TO_HEEL;
  if (!isWhole || tall < LEAST_TALL || tall > 1) {
    return ghost;
  }
  const floor = Math.max(bottom, feet);
  return { ...ghost, top: floor - tall, bottom: floor };
}

export class Drawing {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) {
      throw new Error("page: no canvas to draw on");
    }
    this.canvas = canvas;
    this.context = context;
    /** @type {Map<number, ImageBitmap>} */
    this.pictures = new Map(); // seq -> picture, until its result is here
    /** @type {Map<number, Promise<void>>} */
    this.arriving = new Map(); // seq -> of pictures that a camera at the server sent
    /** @type {[from: number, to: number][]} */
    this.edges = [];
    /** @type {(import("./wire.js").Ghost & { near: Side | null }) | null} */
    this.ghost = null;
    this.displayed = 0;
    this.unit = 1;
    // asking for the size at each frame would make the browser lay the page out each time
    new ResizeObserver(([entry]) => {
      this.displayed = entry.contentRect.width * Math.min(2, window.devicePixelRatio);
    }).observe(canvas.parentElement ?? canvas);
  }

  /**
   * @param {number} seq
   * @param {ImageBitmap} bitmap
   */
  keep(seq, bitmap) {
    this.pictures.set(seq, bitmap);
    for (const old of this.pictures.keys()) {
      if (this.pictures.size <= KEPT_PICTURES) {
        break;
      }
      this.free(old);
    }
  }

  /**
   * A JPEG that comes before its result: whoever draws waits until it is unpacked.
   * @param {number} seq
   * @param {Blob} jpeg
   */
  expect(seq, jpeg) {
    const unpacked = createImageBitmap(jpeg).then(
      (bitmap) => this.keep(seq, bitmap),
      () => {}, // a damaged one is not shown; the next is on its way
    );
    this.arriving.set(seq, unpacked);
    void unpacked.then(() => this.arriving.delete(seq));
  }

  /** @param {number} seq */
  free(seq) {
    this.pictures.get(seq)?.close();
    this.pictures.delete(seq);
  }

  /**
   * Draws one result on its picture; false when that picture is no longer here.
   * @param {Result} result
   */
  show(result) {
    const picture = this.pictures.get(result.seq);
    if (!picture) {
      return false;
    }
    this.#fit(picture);
    this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    for (const seq of [...this.pictures.keys()]) {
      if (seq <= result.seq) {
        this.free(seq);
      }
    }
    this.#ink(result);
    this.canvas.hidden = false;
    return true;
  }

  /** Takes the overlay away: what stands behind it is the live picture. */
  clear() {
    this.canvas.hidden = true;
    for (const seq of [...this.pictures.keys()]) {
      this.free(seq);
    }
  }

  /** @param {ImageBitmap} picture */
  #fit({ width, height }) {
    const scale = Math.min(MOST_SCALE, Math.max(1, Math.ceil(this.displayed / width - 0.25)));
    if (this.canvas.width === width * scale && this.canvas.height === height * scale) {
      return;
    }
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
  }

  /** @param {Result} result */
  #ink({ lm, outline, near, coach }) {
    this.unit = this.canvas.height / 720; // widths are given for 720 lines
    const { context } = this;
    context.lineCap = "round";
    context.lineJoin = "round";
    if (this.ghost && ["choosing", "framing", "waiting"].includes(coach.phase)) {
      this.#drawGhost(fitted(this.ghost, lm, outline), near);
    }
    if (outline) {
      this.#drawOutline(outline);
    }
    if (!lm) {
      return;
    }
    if (["standing", "standing2"].includes(coach.step ?? "")) {
      this.#drawPlumb(lm, near);
    }
    for (const far of [true, false]) {
      const edges = this.edges.filter(([from, to]) => isFar(near, from, to) === far);
      this.#drawEdges(lm, edges, far);
    }
  }

  /**
   * @param {Point | Landmark} point in shares of the picture
   * @returns {Point}
   */
  #at([x, y]) {
    return [x * this.canvas.width, y * this.canvas.height];
  }

  /**
   * One stroke with its halo: it reads on a white wall and on black trousers.
   * @param {number} width
   * @param {string} colour
   */
  #stroke(width, colour, alpha = 1) {
    const { context, unit } = this;
    context.globalAlpha = alpha;
    context.lineWidth = Math.max(1.5, width * unit) + 4 * unit;
    context.strokeStyle = HALO;
    context.stroke();
    context.lineWidth = Math.max(1.5, width * unit);
    context.strokeStyle = colour;
    context.stroke();
    context.globalAlpha = 1;
  }

  /**
   * @param {Landmark[]} lm
   * @param {[from: number, to: number][]} edges
   * @param {boolean} far
   */
  #drawEdges(lm, edges, far) {
    const { context, unit } = this;
    const seen = (/** @type {[number, number]} */ [from, to]) =>
      lm[from][3] >= SEEN && lm[to][3] >= SEEN;
    context.setLineDash(far ? [10 * unit, 8 * unit] : []);
    context.beginPath();
    for (const [from, to] of edges.filter(seen)) {
      context.moveTo(...this.#at(lm[from]));
      context.lineTo(...this.#at(lm[to]));
    }
    this.#stroke(far ? 2 : 3, far ? COLOURS.far : COLOURS.near);
    context.setLineDash([]);
    if (far) {
      return;
    }
    context.beginPath();
    for (const index of new Set(edges.filter(seen).flat())) {
      const [x, y] = this.#at(lm[index]);
      context.moveTo(x + 4 * unit, y);
      context.arc(x, y, 4 * unit, 0, 2 * Math.PI);
    }
    context.fillStyle = COLOURS.near;
    this.#stroke(1, COLOURS.near);
    context.fill();
  }

  /** @param {Point[]} outline */
  #drawOutline(outline) {
    this.context.beginPath();
    outline.forEach((point, index) => {
      if (index) {
        this.context.lineTo(...this.#at(point));
      } else {
        this.context.moveTo(...this.#at(point));
      }
    });
    this.context.closePath();
    this.context.globalAlpha = 0.4;
    this.context.lineWidth = Math.max(1, this.unit);
    this.context.strokeStyle = "#ffffff";
    this.context.stroke();
    this.context.globalAlpha = 1;
  }

  /**
   * The upright through the ankle, which the standing body is seen against.
   * @param {Landmark[]} lm
   * @param {Side | null} near
   */
  #drawPlumb(lm, near) {
    const side = near ?? "right";
    const [ankle, heel] = [lm[ANKLES[side]], lm[HEELS[side]]];
    const top = Math.min(...SHOULDERS.map((index) => lm[index][1])) - 0.16;
    if (ankle[3] < SEEN) {
      return;
    }
    const [x, foot] = this.#at([ankle[0], Math.max(ankle[1], heel[1])]);
    this.context.setLineDash([3 * this.unit, 9 * this.unit]);
    this.context.beginPath();
    this.context.moveTo(x, foot);
    this.context.lineTo(x, Math.max(0.06, top) * this.canvas.height);
    this.#stroke(2, COLOURS.plumb, 0.9);
    this.context.setLineDash([]);
  }

  /**
   * @param {NonNullable<Drawing["ghost"]>} ghost
   * @param {Side | null} near
   */
  #drawGhost(ghost, near) {
    const { x, top, bottom } = ghost;
    const tall = (bottom - top) * this.canvas.height;
    const forward = (near ?? ghost.near ?? "right") === "left" ? -1 : 1;
    /** @type {Point[]} */
    const body = STANDING.map(([across, down]) => [
      x * this.canvas.width + forward * across * tall,
      top * this.canvas.height + down * tall,
    ]);
    round(this.context, body);
    this.context.globalAlpha = 0.12;
    this.context.fillStyle = COLOURS.ghost;
    this.context.fill();
    this.context.setLineDash([14 * this.unit, 10 * this.unit]);
    this.#stroke(2.5, COLOURS.ghost, 0.85);
    this.context.setLineDash([]);
  }
}
