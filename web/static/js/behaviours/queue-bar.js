/* On other pages of Moi: keep the place in the line, and say once when somebody is there. */
import { Announcer } from "../lib/announce.js";
import { askPlace, LOOK_MS } from "../lib/place.js";

export default function start(bar) {
  const announcer = new Announcer(bar.querySelector("[data-announce]"), String);
  const words = bar.querySelector("[data-queue-words]");
  const link = bar.querySelector("[data-queue-link]");
  const looking = setInterval(look, LOOK_MS);

  async function look() {
    const answer = await askPlace(bar.dataset.place);
    if (!answer) return;
    const now = answer.bar;
    if (!now) {
      bar.hidden = true;
      clearInterval(looking);
      return;
    }
    const turn = now.turn && !bar.classList.contains("queue-bar--turn");
    words.textContent = now.words;
    link.textContent = now.link_words;
    bar.classList.toggle("queue-bar--turn", now.turn);
    if (turn) announcer.say(now.words);
  }
}
