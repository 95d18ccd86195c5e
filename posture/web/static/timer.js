// The timer of an exercise: counts its seconds down on its own button, and sounds at the end.

/** @type {Map<HTMLButtonElement, { timer: number, label: string }>} */
const running = new Map();

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
  const sound = new AudioContext(); // allowed, as a click began it
  const tick = () => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    if (left > 0) {
      button.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      return;
    }
    stop(button);
    button.textContent = `✓ ${label}`;
    ring(sound);
  };
  running.set(button, { timer: window.setInterval(tick, 200), label });
  tick();
}

/** @param {HTMLButtonElement} button */
function stop(button) {
  const one = running.get(button);
  if (one) {
    window.clearInterval(one.timer);
    running.delete(button);
    button.textContent = one.label;
  }
}

/** @param {AudioContext} sound */
function ring(sound) {
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.25, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.7);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.7);
}
