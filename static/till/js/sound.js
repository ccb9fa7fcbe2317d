// Short tones for results, so that the cashier need not watch the screen. They begin to work with the first key or click.

import { state } from "./state.js";

const TONES = { // [hertz, start in s, length in s]
  paid: [[880, 0, 0.12], [1320, 0.13, 0.22]],
  waiting: [[660, 0, 0.1]],
  failed: [[220, 0, 0.25], [180, 0.28, 0.35]],
  reversed: [[520, 0, 0.15], [390, 0.17, 0.15], [300, 0.34, 0.2]],
  info: [[740, 0, 0.06]],
  order: [[988, 0, 0.15], [1319, 0.18, 0.15], [988, 0.36, 0.15], [1319, 0.54, 0.3]],
};
let context = null;

export function unlock() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

export function play(tone) {
  if (!state.sound || !context || !TONES[tone]) return;
  for (const [hertz, start, length] of TONES[tone]) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    const begin = context.currentTime + start;
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0.18, begin);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(begin + length);
  }
}
