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

/* Two short tones for the team: somebody is in danger. Where nobody has pressed anything yet, a browser allows no sound;
   the words remain. */
export function alarm() {
  if (navigator.userActivation?.hasBeenActive === false) return;
  const audio = new AudioContext();
  for (const delay of [0, 0.3]) {
    const string = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.15;
    string.frequency.value = 660;
    string.connect(volume).connect(audio.destination);
    string.start(audio.currentTime + delay);
    string.stop(audio.currentTime + delay + 0.15);
  }
}
