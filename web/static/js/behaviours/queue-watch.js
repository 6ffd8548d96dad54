/* The waiting page: comes alive when somebody is there, and keeps the own place honest: it looks when the line moves. What was typed stays where it is
   and becomes the first message. */
import { Announcer } from "../lib/announce.js";
import { ChatConnection } from "../lib/chat-connection.js";
import { goOn } from "../lib/go-on.js";
import { askPlace, LOOK_MS, ring } from "../lib/place.js";

const SPEAK_MS = 30_000;

export default function start(element) {
  const announcer = new Announcer(element.querySelector("[data-announce]"), String);
  const { socket, room, epoch, lastSeq, place } = element.dataset;
  const panel = element.querySelector("[data-queue]");
  const text = element.querySelector("textarea");
  const sound = element.querySelector("[data-sound-choice] input");
  element.querySelector("[data-no-script]").hidden = true;
  for (const part of element.querySelectorAll("[data-script], [data-sound-choice]")) part.hidden = false;
  sound.checked = false;
  const connection = new ChatConnection(
    { address: socket, csrf: document.body.dataset.csrf, room, epoch, lastSeq: Number(lastSeq) },
    { event: (frame) => moved(frame), state: (name) => (name === "session" ? goOn() : name === "open" && look()), sent: () => {} },
  );
  let spoken = Date.now();
  let turn = false;
  const looking = setInterval(look, LOOK_MS);
  look();

  function moved(frame) {
    if (frame.t === "assigned") ready(frame.peer.name);
    else if (frame.t === "queue") look();
    else if (frame.t === "returned" || frame.t === "ended") leave();
  }

  function ready(name) {
    turn = true;
    const title = element.querySelector("[data-title]");
    title.textContent = title.dataset.ready.replace("{naam}", name);
    element.querySelector("[data-begin]").hidden = false;
    element.querySelector("[data-turn]").hidden = false;
    for (const part of element.querySelectorAll("[data-waiting], #text-hint")) part.hidden = true;
    announcer.say(title.textContent);
    if (sound.checked) ring();
    if (!element.contains(document.activeElement)) title.focus();
  }

  /* The turn was missed, or nobody is there any more. Words that were typed are shown on the page of now. */
  function leave() {
    if (!text.value.trim()) return goOn(location.pathname);
    clearInterval(looking);
    text.form.requestSubmit();
    return undefined;
  }

  async function look() {
    const now = await askPlace(place);
    if (!now || turn) return;
    if (now.moved) return connection.tryNow();
    const why = reason(now);
    const words = panel.querySelector("[data-queue-ahead]");
    const changed = words.textContent !== now.ahead || why;
    words.textContent = now.ahead;
    panel.querySelector("[data-queue-eta]").textContent = now.eta;
    panel.querySelector("[data-queue-why]").textContent = why || now.why;
    const at = panel.querySelector("[data-queue-at]");
    at.textContent = at.dataset.words.replace("{tijd}", now.at);
    element.querySelector("[data-queue-long]").hidden = !now.long;
    if (changed && Date.now() - spoken >= SPEAK_MS) {
      spoken = Date.now();
      announcer.say(`${now.ahead} ${now.eta} ${why}`);
    }
  }

  /* Why it got longer, when it did: somebody came back to an older place, or fewer of us are at work. */
  function reason(now) {
    const { n, working, up, fewer } = panel.dataset;
    Object.assign(panel.dataset, { n: now.n, working: now.working });
    if (now.n > Number(n)) return up;
    return now.working < Number(working) ? fewer : "";
  }
}
