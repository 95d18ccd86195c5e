/** Bitmap in, JPEG and the same bitmap out: the page draws the overlay on the very picture it sent. */

let canvas = null;
let context = null;

self.onmessage = async ({ data: { seq, taken, bitmap, quality } }) => {
  try {
    if (canvas?.width !== bitmap.width || canvas?.height !== bitmap.height) {
      canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      context = canvas.getContext("2d", { alpha: false });
    }
    context.drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    const jpeg = await blob.arrayBuffer();
    self.postMessage({ seq, taken, bitmap, jpeg }, [bitmap, jpeg]);
  } catch {
    self.postMessage({ seq, taken, bitmap }, [bitmap]);
  }
};
