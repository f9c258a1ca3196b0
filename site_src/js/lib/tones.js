// A series as sound: a tone a value, higher where the value is, from left to right. Nothing sounds unless it is asked for.

const LOW = 220; // [Hz]
const OCTAVES = 2;
const WHOLE = 8; // [s] of the longest melody
const SLOWEST = 0.3; // [s] a tone
const MOST = 400; // tones; more would run into each other
const LOUD = 0.16;
const SOFT = 0.06; // of what is not settled yet

/** @typedef {{ hertz: number, soft: boolean, spot: number }} Tone `hertz` 0: silence, where there is no value; `spot`: its first value */

/**
 * The tones of some values, each over as many values as so many tones ask for.
 * @param {{ value: number, open?: boolean }[]} spots
 * @param {number} least of what the lowest tone is
 * @param {number} most of what the highest tone is
 * @returns {Tone[]}
 */
export function tonesOf(spots, least, most) {
  const size = Math.ceil(spots.length / MOST) || 1;
  return Array.from({ length: Math.ceil(spots.length / size) }, (_, k) => {
    const some = spots.slice(k * size, (k + 1) * size);
    const known = some.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const part = most > least ? (mean - least) / (most - least) : 0.5;
    return { hertz: known.length ? LOW * 2 ** (OCTAVES * part) : 0, soft: some.some(({ open }) => open), spot: k * size };
  });
}

/**
 * Play tones; the function that is returned stops them.
 * @param {Tone[]} tones
 * @param {(spot: number | null) => void} reached null at the end
 */
export function play(tones, reached) {
  const context = new AudioContext();
  const [voice, volume, side] = [context.createOscillator(), context.createGain(), context.createStereoPanner()];
  const each = Math.min(SLOWEST, WHOLE / tones.length);
  const start = context.currentTime + 0.05;
  volume.gain.setValueAtTime(0, 0);
  tones.forEach(({ hertz, soft }, k) => {
    const at = start + k * each;
    if (hertz) voice.frequency.setValueAtTime(hertz, at);
    volume.gain.setTargetAtTime(hertz ? (soft ? SOFT : LOUD) : 0, at, 0.008); // a jump would click
    side.pan.setValueAtTime(tones.length > 1 ? (2 * k) / (tones.length - 1) - 1 : 0, at);
  });
  const end = start + tones.length * each;
  volume.gain.setTargetAtTime(0, end, 0.02);
  voice.connect(volume).connect(side).connect(context.destination);
  voice.start(start);
  voice.stop(end + 0.2);
  let shown = -1;
  const clock = setInterval(() => {
    const k = Math.floor((context.currentTime - start) / each);
    const tone = tones[k];
    if (tone && k !== shown) reached(tone.spot);
    shown = k;
  }, 40);
  const stop = () => {
    clearInterval(clock);
    voice.onended = null;
    if (context.state !== "closed") context.close();
    reached(null);
  };
  voice.onended = stop;
  return stop;
}
