// The timer of an exercise: counts its seconds down on its own button, and sounds at the end.

/** @type {Map<HTMLButtonElement, number>} intervals, by the button that shows them */
const running = new Map();
/** @type {AudioContext | undefined} */
let sound;

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button.timer") : null;
  if (button instanceof HTMLButtonElement) {
    if (running.has(button)) {
      stop(button);
    } else {
      start(button);
    }
  }
});

/** @param {HTMLButtonElement} button */
function start(button) {
  const ends = performance.now() + 1000 * Number(button.dataset.seconds);
  const label = button.dataset.label ?? button.textContent ?? ""; // without the tick of before
  button.dataset.label = label;
  sound ??= new AudioContext(); // allowed, as a click began it; a browser gives a page few of them
  const heard = sound;
  const tick = () => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    if (left > 0) {
      button.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      return;
    }
    stop(button);
    button.textContent = `✓ ${label}`;
    ring(heard);
  };
  running.set(button, window.setInterval(tick, 200));
  tick();
}

/** @param {HTMLButtonElement} button */
function stop(button) {
  window.clearInterval(running.get(button));
  running.delete(button);
  button.textContent = button.dataset.label ?? "";
}

/** @param {AudioContext} heard */
function ring(heard) {
  const tone = heard.createOscillator();
  const volume = heard.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.25, heard.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, heard.currentTime + 0.7);
  tone.connect(volume).connect(heard.destination);
  tone.start();
  tone.stop(heard.currentTime + 0.7);
}
