/** A short tone, made by the browser itself. */
export interface Beep {
  /** At most once a second. Does nothing where there is no sound, or the page may not make one yet. */
  play(): void;
  /** Gives the sound device back. */
  destroy(): void;
}

const LEAST_INTERVAL_MS = 1000;
const SECONDS = 0.18;
const LOUDNESS = 0.12;
/** One after the other, in hertz: a fourth upwards. */
const TONES = [660, 880];

/** A beep. The sound device is asked for with the first tone. */
export function createBeep(): Beep {
  let context: AudioContext | undefined;
  let lastAt = -Infinity;
  return {
    play() {
      if (!('AudioContext' in globalThis) || Date.now() - lastAt < LEAST_INTERVAL_MS) return;
      lastAt = Date.now();
      context ??= new AudioContext();
      // Browsers let a page sound only after the user has done something in it: then the next one is heard.
      if (context.state === 'suspended') void context.resume().catch(() => undefined);
      for (const [index, frequency] of TONES.entries()) tone(context, frequency, index * SECONDS * 0.6);
    },
    destroy() {
      void context?.close();
      context = undefined;
    },
  };
}

function tone(context: AudioContext, frequency: number, delay: number): void {
  const start = context.currentTime + delay;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = frequency;
  // From and to silence: a tone that is cut off clicks.
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + SECONDS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + SECONDS);
}
