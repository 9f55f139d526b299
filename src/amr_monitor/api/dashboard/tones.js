// @ts-check
/** The sounds themselves, made by WebAudio: no file, and each told from the others by its melody. */

/** @typedef {readonly [hertz: number, startS: number, lengthS: number]} Note */

/** After IEC 60601-1-8 as far as decision support goes: the higher the priority, the more pulses. */
/** @type {{ [sound: string]: readonly Note[] }} */
export const SOUNDS = {
  test: [[660, 0, 0.35], [880, 0.4, 0.35]],
  // A finding, no alarm: soft and slow. Down: the response is gone. Up: it is back.
  loss: [[880, 0, 0.45], [587, 0.5, 0.8]],
  return: [[587, 0, 0.3], [880, 0.35, 0.3], [1175, 0.7, 0.6]],
  persistent: [[587, 0, 0.3], [587, 0.4, 0.3], [880, 0.8, 0.5]],
  alarm_low: [[440, 0, 0.25], [349, 0.35, 0.3]],
  alarm_medium: [[523, 0, 0.18], [523, 0.28, 0.18], [523, 0.56, 0.18]],
  alarm_high: [[698, 0, 0.12], [698, 0.18, 0.12], [698, 0.36, 0.12], [523, 0.7, 0.12], [523, 0.88, 0.12]],
  // The screen has lost the monitor: low and unlike all others.
  lost: [[196, 0, 0.5], [147, 0.6, 0.5], [196, 1.2, 0.5], [147, 1.8, 0.5]],
};

const LOUDNESS = 0.35;
const EDGE_S = 0.02;

export class Tones {
  /** @param {() => void} changed called when the browser lets sound out, or no longer */
  constructor(changed) {
    this.changed = changed;
    /** @type {AudioContext | null} */ this.context = null;
    /** @type {string[]} newest last */ this.played = [];
  }

  /** Whether this browser can make sounds at all. */
  get isPossible() {
    return "AudioContext" in window;
  }

  /** Whether what is played now can be heard, as far as the browser knows. */
  get isRunning() {
    return this.context?.state === "running";
  }

  /** Let sound out; a browser allows it after a key or a click alone. */
  async start() {
    if (!this.isPossible) return;
    if (!this.context) {
      this.context = new AudioContext();
      this.context.onstatechange = this.changed;
    }
    // Without a gesture this waits for one: nobody waits for it.
    await Promise.race([this.context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
    this.changed();
  }

  /**
   * @param {string} sound
   * @returns {boolean} whether it was played
   */
  play(sound) {
    const { context } = this;
    if (!context || !this.isRunning) return false;
    for (const [hertz, startS, lengthS] of SOUNDS[sound]) {
      const from = context.currentTime + startS;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, from + EDGE_S);
      gain.gain.setValueAtTime(LOUDNESS, from + lengthS - EDGE_S);
      gain.gain.linearRampToValueAtTime(0, from + lengthS);
      gain.connect(context.destination);
      for (const [partial, share] of [[1, 0.8], [2, 0.2]]) {
        const voice = context.createOscillator();
        const level = context.createGain();
        level.gain.value = share;
        voice.frequency.value = hertz * partial;
        voice.connect(level).connect(gain);
        voice.start(from);
        voice.stop(from + lengthS);
      }
    }
    this.played.push(sound);
    if (this.played.length > 100) this.played.shift();
    return true;
  }
}
