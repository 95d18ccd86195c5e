/** What the client hears: tones for start, hold and done, and the coach's sentences. */

/** @type {Record<string, [hertz: number, from: number, to: number][]>} */
const TONES = {
  // from and to in seconds
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

/** @returns {{ on: boolean, volume: number }} */
function stored() {
  try {
    const { on = true, volume = 0.8 } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { on, volume };
  } catch {
    return { on: true, volume: 0.8 };
  }
}

/**
 * A voice of this device itself: what the client does is not sent to a voice on the network.
 * @param {string} language
 */
function localVoice(language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  return voices.find(
    (voice) => voice.localService && voice.lang.toLowerCase().startsWith(language),
  );
}

export class Sound {
  /** @param {string} language */
  constructor(language) {
    this.language = language;
    /** @type {Map<string, Promise<AudioBuffer | null>>} */
    this.prompts = new Map();
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {GainNode | null} */
    this.output = null;
    /** @type {AudioBufferSourceNode | null} */
    this.playing = null;
    /** @type {symbol | null} */
    this.turn = null;
    this.toneUntil = 0;
    const { on, volume } = stored();
    this.on = on;
    this.volume = volume;
    window.speechSynthesis?.getVoices(); // some browsers load their list only when asked
  }

  /** Must be called from a click or a key: browsers stay silent before one. */
  async unlock() {
    const context = this.context ?? new AudioContext();
    if (!this.output) {
      this.context = context;
      this.output = context.createGain();
      this.output.connect(context.destination);
      this.#level();
    }
    // Without a loudspeaker a browser may never answer: the check goes on all the same.
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
  }

  get unlocked() {
    return this.context?.state === "running";
  }

  /** @param {boolean} on */
  setOn(on) {
    this.on = on;
    if (!on) {
      this.hush();
    }
    this.#keep();
  }

  /** @param {number} volume */
  setVolume(volume) {
    this.volume = volume;
    this.#keep();
  }

  /** @param {string | null} name */
  tone(name) {
    const { context, output } = this;
    const notes = TONES[name ?? ""];
    if (!this.on || !context || !output || !notes) {
      return;
    }
    const start = context.currentTime + 0.02;
    for (const [hertz, from, to] of notes) {
      this.toneUntil = start + to;
      const oscillator = context.createOscillator();
      const gain = context.createGain();
      oscillator.frequency.value = hertz;
      gain.gain.setValueAtTime(0, start + from);
      gain.gain.linearRampToValueAtTime(TONE_GAIN, start + from + FADE_S);
      gain.gain.setValueAtTime(TONE_GAIN, start + to - FADE_S);
      gain.gain.linearRampToValueAtTime(0, start + to);
      oscillator.connect(gain).connect(output);
      oscillator.start(start + from);
      oscillator.stop(start + to);
    }
  }

  /**
   * Fetches prompts before they are needed.
   * @param {string[]} codes
   */
  prepare(codes) {
    for (const code of codes) {
      void this.#prompt(code);
    }
  }

  /**
   * Says a prompt, cutting short the one before it; resolves when it has been said.
   * @param {string} code
   * @param {string} text
   */
  async say(code, text) {
    this.hush();
    const { context, output } = this;
    if (!this.on || !context || !output) {
      return;
    }
    const turn = Symbol(code);
    this.turn = turn;
    const buffer = await this.#prompt(code);
    if (turn !== this.turn) {
      return; // something newer is to be said
    }
    if (buffer) {
      await this.#play(buffer, context, output);
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

  /**
   * @param {AudioBuffer} buffer
   * @param {AudioContext} context
   * @param {AudioNode} output
   */
  #play(buffer, context, output) {
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(output);
    this.playing = source;
    const now = context.currentTime;
    const start = Math.max(now, this.toneUntil); // a tone is not talked over
    return new Promise((done) => {
      source.onended = done;
      setTimeout(done, (start - now + buffer.duration) * 1000 + 500); // also when no loudspeaker takes it
      source.start(start);
    });
  }

  /** @param {string} text */
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

  /**
   * @param {string} code
   * @returns {Promise<AudioBuffer | null>}
   */
  #prompt(code) {
    const { context } = this;
    if (!context || !/^[a-z0-9_]+$/.test(code)) {
      return Promise.resolve(null);
    }
    const known = this.prompts.get(code);
    if (known) {
      return known;
    }
    const loading = this.#load(code, context);
    this.prompts.set(code, loading);
    // A network that was gone may be back the next time.
    void loading.then((buffer) => buffer || this.prompts.delete(code));
    return loading;
  }

  /**
   * @param {string} code
   * @param {AudioContext} context
   */
  async #load(code, context) {
    try {
      const answer = await fetch(`/static/sound/${this.language}/${code}.mp3`);
      return answer.ok ? await context.decodeAudioData(await answer.arrayBuffer()) : null;
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
