/* On every page of the team: say that somebody is in danger, or that a colleague rings, wherever one is reading. Each
   line asks the page it leads to; that page says so itself. */
import { alarm } from "../lib/sound.js";

const EVERY_MS = 15_000;

export default function start(bar) {
  const { title } = document;
  let before = false;

  async function look() {
    for (const call of bar.children) {
      const answer = await fetch(call.dataset.watch, { headers: { accept: "application/json" } }).catch(() => null);
      if (answer?.ok && !answer.redirected) call.hidden = !(await answer.json()).urgent;
    }
    const now = [...bar.children].some((call) => !call.hidden);
    if (now && !before) alarm();
    document.title = now ? `(!) ${title}` : title;
    before = now;
  }

  look();
  setInterval(look, EVERY_MS);
}
