/** What the client hears: tones for start, hold and done, and the coach's sentences. */

const TONES = {
  // [hertz, from second, to second]
  start: [[880, 0, 0.35]],
  count: [[660, 0, 0.12]],
  hold: [
    [660, 0, 0.14],
    [660, 0.2, 0.34],
  ],
  done: [
    [523, 0, 0.16],
    [659, 0.16, 0.32],
    [784, 0.32, 0.6],
  ],
  trouble: [
    [392, 0, 0.2],
    [330, 0.22, 0.5],
  ],
};
const TONE_GAIN = 0.3;
const FADE_S = 0.02; // without it a tone begins and ends with a click
const KEY = "posture.sound";

function stored() {
  try {
    const { on = true, volume = 0.8 } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return { on, volume };
  } catch {
    return { on: true, volume: 0.8 };
  }
}

/** A voice of this device itself: what the client does is not sent to a voice on the network. */
function localVoice(language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  return voices.find(
    (voice) => voice.localService && voice.lang.toLowerCase().startsWith(language),
  );
}

export class Sound {
  constructor(language) {
    this.language = language;
    this.prompts = new Map(); // code -> Promise<AudioBuffer | null>
    Object.assign(this, stored());
    window.speechSynthesis?.getVoices(); // some browsers load their list only when asked
  }

  /** Must be called from a click or a key: browsers stay silent before one. */
  async unlock() {
    if (!this.context) {
      this.context = new AudioContext();
      this.output = this.context.createGain();
      this.output.connect(this.context.destination);
      this.#level();
    }
    // Without a loudspeaker a browser may never answer: the check goes on all the same.
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 500))]);
  }

  get unlocked() {
    return this.context?.state === "running";
  }

  setOn(on) {
    this.on = on;
    if (!on) {
      this.hush();
    }
    this.#keep();
  }

  setVolume(volume) {
    this.volume = volume;
    this.#keep();
  }

  tone(name) {
    if (!this.on || !this.context || !TONES[name]) {
      return;
    }
    const start = this.context.currentTime + 0.02;
    this.toneUntil = start + TONES[name].at(-1)[2];
    for (const [hertz, from, to] of TONES[name]) {
      const oscillator = this.context.createOscillator();
      const gain = this.context.createGain();
      oscillator.frequency.value = hertz;
      gain.gain.setValueAtTime(0, start + from);
      gain.gain.linearRampToValueAtTime(TONE_GAIN, start + from + FADE_S);
      gain.gain.setValueAtTime(TONE_GAIN, start + to - FADE_S);
      gain.gain.linearRampToValueAtTime(0, start + to);
      oscillator.connect(gain).connect(this.output);
      oscillator.start(start + from);
      oscillator.stop(start + to);
    }
  }

  /** Fetches prompts before they are needed. */
  prepare(codes) {
    for (const code of codes) {
      void this.#prompt(code);
    }
  }

  /** Says a prompt, cutting short the one before it; resolves when it has been said. */
  async say(code, text) {
    this.hush();
    if (!this.on || !this.context) {
      return;
    }
    const turn = (this.turn = Symbol(code));
    const buffer = await this.#prompt(code);
    if (turn !== this.turn) {
      return; // something newer is to be said
    }
    if (buffer) {
      await this.#play(buffer);
    } else {
      await this.#speak(text);
    }
  }

  hush() {
    this.turn = null;
    try {
      this.playing?.stop();
    } catch {
      // it had ended by itself
    }
    this.playing = null;
    window.speechSynthesis?.cancel();
  }

  #play(buffer) {
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.output);
    this.playing = source;
    const now = this.context.currentTime;
    const start = Math.max(now, this.toneUntil ?? 0); // a tone is not talked over
    return new Promise((done) => {
      source.onended = done;
      setTimeout(done, (start - now + buffer.duration) * 1000 + 500); // also when no loudspeaker takes it
      source.start(start);
    });
  }

  #speak(text) {
    const voice = localVoice(this.language);
    if (!voice || !text) {
      return Promise.resolve();
    }
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.volume = this.volume;
    return new Promise((done) => {
      utterance.onend = done;
      utterance.onerror = done;
      window.speechSynthesis.speak(utterance);
    });
  }

  #prompt(code) {
    if (!this.context || !/^[a-z0-9_]+$/.test(code)) {
      return Promise.resolve(null);
    }
    if (!this.prompts.has(code)) {
      const loading = this.#load(code);
      this.prompts.set(code, loading);
      // A network that was gone may be back the next time.
      loading.then((buffer) => buffer || this.prompts.delete(code));
    }
    return this.prompts.get(code);
  }

  async #load(code) {
    try {
      const answer = await fetch(`/static/sound/${this.language}/${code}.mp3`);
      return answer.ok ? await this.context.decodeAudioData(await answer.arrayBuffer()) : null;
    } catch {
      return null;
    }
  }

  #level() {
    if (this.output) {
      this.output.gain.value = this.on ? this.volume : 0;
    }
  }

  #keep() {
    this.#level();
    try {
      localStorage.setItem(KEY, JSON.stringify({ on: this.on, volume: this.volume }));
    } catch {
      // private windows keep nothing: this check only, then
    }
  }
}
