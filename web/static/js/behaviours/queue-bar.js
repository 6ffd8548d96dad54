/* On other pages of Moi: keep the place in the line, and say once when somebody is there. */
import { Announcer } from "../lib/announce.js";
import { askPlace, LOOK_MS } from "../lib/place.js";

const SOON_MS = 1_000;

export default function start(bar) {
  const announcer = new Announcer(bar.querySelector("[data-announce]"), String);
  const words = bar.querySelector("[data-queue-words]");
  const link = bar.querySelector("[data-queue-link]");
  let known = "";
  look();

  async function look() {
    const answer = await askPlace(`${bar.dataset.place}?na=${known}`);
    if (answer && !answer.bar) return (bar.hidden = true);
    setTimeout(look, answer ? SOON_MS : LOOK_MS);
    if (answer) show(answer.bar);
    known = answer?.mark ?? known;
    return undefined;
  }

  function show(now) {
    const turn = now.turn && !bar.classList.contains("queue-bar--turn");
    words.textContent = now.words;
    link.textContent = now.link_words;
    bar.classList.toggle("queue-bar--turn", now.turn);
    if (turn) announcer.say(now.words);
  }
}
