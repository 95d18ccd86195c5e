// When this browser was last touched, all its pages together.
const KEY = "posture-touched";
let touched = Date.now();

for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "wheel"]) {
  addEventListener(kind, touch, { passive: true, capture: true });
}
keep(touched);

/** Return the milliseconds since then. */
export function untouchedMs() {
  return Date.now() - Math.max(touched, kept());
}

function touch() {
  const now = Date.now();
  if (now - touched > 5000 || now - kept() > 5000) {
    keep(now);
  }
  touched = now;
}

function kept() {
  try {
    return Number(localStorage.getItem(KEY) ?? 0);
  } catch {
    return 0; // without a storage each page counts for itself
  }
}

/** @param {number} now */
function keep(now) {
  try {
    localStorage.setItem(KEY, String(now));
  } catch {
    // as above
  }
}
