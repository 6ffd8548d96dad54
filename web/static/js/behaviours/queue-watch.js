/* The waiting page: comes alive when somebody is there, and keeps the own place honest. What was typed stays where it is
   and becomes the first message. */
import { Announcer } from "../lib/announce.js";
import { ChatConnection } from "../lib/chat-connection.js";

const LOOK_MS = 15_000;
const SPEAK_MS = 30_000;

export default function start(element) {
  const announcer = new Announcer(element.querySelector("[data-announce]"), String);
  const { socket, room, epoch, lastSeq, place } = element.dataset;
  element.querySelector("[data-no-script]").hidden = true;
  const connection = new ChatConnection(
    { address: socket, csrf: document.body.dataset.csrf, room, epoch, lastSeq: Number(lastSeq) },
    { event: (frame) => moved(frame), state: (name) => name === "session" && location.reload(), sent: () => {} },
  );
  let spoken = Date.now();
  let turn = false;
  const looking = setInterval(look, LOOK_MS);

  function moved(frame) {
    if (frame.t === "assigned") ready(frame.peer.name);
    else if (frame.t === "returned" || frame.t === "ended") location.reload();
  }

  function ready(name) {
    turn = true;
    clearInterval(looking);
    const title = element.querySelector("[data-title]");
    title.textContent = title.dataset.ready.replace("{naam}", name);
    element.querySelector("[data-begin]").hidden = false;
    element.querySelector("[data-queue]").hidden = true;
    for (const part of element.querySelectorAll("[data-waiting], #text-hint")) part.hidden = true;
    announcer.say(title.textContent);
    if (!element.contains(document.activeElement)) title.focus();
  }

  async function look() {
    const answer = await fetch(place, { headers: { accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || turn) return;
    const now = await answer.json();
    if (now.moved) return connection.tryNow();
    const ahead = element.querySelector("[data-queue-ahead]");
    const changed = ahead.textContent !== now.ahead;
    ahead.textContent = now.ahead;
    element.querySelector("[data-queue-eta]").textContent = now.eta;
    if (changed && Date.now() - spoken >= SPEAK_MS) {
      spoken = Date.now();
      announcer.say(`${now.ahead} ${now.eta}`);
    }
  }
}
