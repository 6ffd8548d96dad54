/* Say when the queue changed while somebody looks at it; for danger also with a sound. It never reloads by itself: a
   moderator may be in the middle of a sentence. */
const EVERY_MS = 15_000;

export default function start(bar) {
  let known = bar.dataset.state;
  setInterval(async () => {
    const answer = await fetch(bar.dataset.watch, { headers: { accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { state, urgent } = await answer.json();
    if (state === known) return;
    known = state;
    bar.hidden = false;
    bar.querySelector("[data-calm]").hidden = urgent;
    bar.querySelector("[data-now]").hidden = !urgent;
    if (urgent && bar.dataset.urgent !== "1") beep();
    bar.dataset.urgent = urgent ? "1" : "0";
  }, EVERY_MS);
}

/* Two short tones; a browser that wants a press first stays silent and the words remain. */
function beep() {
  const audio = new AudioContext();
  for (const delay of [0, 0.3]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.15;
    tone.frequency.value = 660;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + delay);
    tone.stop(audio.currentTime + delay + 0.15);
  }
}
