/* Say when the queue changed while somebody looks at it; for danger also with a sound. It never reloads by itself: a
   moderator may be in the middle of a sentence. */
import { alarm } from "../lib/sound.js";

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
    if (urgent && bar.dataset.urgent !== "1") alarm();
    bar.dataset.urgent = urgent ? "1" : "0";
  }, EVERY_MS);
}
