/* A soft tone for a new message, only for who asked for it and at most once in ten seconds. */
const BETWEEN_MS = 10_000;
let context = null;
let last = 0;

export function tone() {
  if (Date.now() - last < BETWEEN_MS) return;
  last = Date.now();
  context ??= new AudioContext();
  const volume = context.createGain();
  volume.gain.setValueAtTime(0.06, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.4);
  const string = context.createOscillator();
  string.frequency.value = 523;
  string.connect(volume).connect(context.destination);
  string.start();
  string.stop(context.currentTime + 0.4);
}
