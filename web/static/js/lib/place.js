/* Asking for the own place in the line; every question is also a sign of life that keeps it. */
export const LOOK_MS = 15_000;

/* With ?na=mark in the address the answer waits until there is something else to show. */
export async function askPlace(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? answer.json() : null;
}

/* Three soft tones and a short shake, only for who asked for it. */
export function ring() {
  navigator.vibrate?.([120, 80, 120]);
  const audio = new AudioContext();
  [523, 659, 784].forEach((pitch, at) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.08;
    tone.frequency.value = pitch;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at * 0.25);
    tone.stop(audio.currentTime + at * 0.25 + 0.2);
  });
}
