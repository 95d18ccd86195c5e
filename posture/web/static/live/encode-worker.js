/** Bitmap in, JPEG and the same bitmap out: the page draws the overlay on the very picture it sent. */

/** @type {OffscreenCanvas | null} */
let canvas = null;
/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;
// a worker's own end of its wire; the checker knows the page's names only
const page = /** @type {Worker} */ (/** @type {unknown} */ (self));

page.onmessage = async ({ data: { seq, taken, bitmap, quality } }) => {
  try {
    if (canvas === null || canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      context = canvas.getContext("2d", { alpha: false });
    }
    context?.drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    const jpeg = await blob.arrayBuffer();
    page.postMessage({ seq, taken, bitmap, jpeg }, [bitmap, jpeg]);
  } catch {
    page.postMessage({ seq, taken, bitmap }, [bitmap]);
  }
};
