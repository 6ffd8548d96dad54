/* The desk keeps itself true: who is next, how the own talks stand, the clock. What needs another page is loaded only
   when nothing is being written; otherwise the page says so. */
import { goOn } from "../lib/go-on.js";

const EVERY_MS = 15_000;

export default function start(desk) {
  const room = desk.querySelector(".room");
  let tries = 0;
  let gone = false;
  setInterval(look, EVERY_MS);
  open();
  room?.addEventListener("chat-frame", ({ detail: frame }) => heard(frame));

  function open() {
    const address = new URL(desk.dataset.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "chat.v1");
    const hello = { t: "hello", v: 1, csrf: document.body.dataset.csrf, tab: "balie", resume: [] };
    socket.addEventListener("open", () => socket.send(JSON.stringify(hello)));
    socket.addEventListener("message", (event) => {
      const frame = JSON.parse(event.data);
      tries = 0;
      if (frame.t === "ping") socket.send(JSON.stringify({ t: "pong", n: frame.n }));
      if (frame.t === "desk" || frame.t === "welcome") look();
    });
    socket.addEventListener("close", (event) => {
      if (event.code === 4409 || event.code === 4401) return;
      setTimeout(open, Math.random() * Math.min(30_000, 500 * 2 ** tries++));
    });
  }

  function heard(frame) {
    if (frame.mark === "crisis" && desk.dataset.debrief) {
      desk.querySelector("[data-danger]").hidden = false;
      desk.querySelector("[data-snippets=gevaar]").open = true;
      room.dataset.ended = desk.dataset.debrief;
    }
    if (frame.t === "presence" && frame.peer && !frame.signal) gone = frame.peer === "weg"; // a signal is one's own
    if (frame.t === "message" || frame.t === "presence") look();
  }

  async function look() {
    const answer = await fetch(desk.dataset.state, { headers: { accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const now = await answer.json();
    if (room && now.talks && !(desk.dataset.talk in now.talks)) return over();
    if (now.rev !== desk.dataset.rev) return fresh();
    const next = desk.querySelector("[data-next]");
    if (!next) return undefined;
    const tag = next.querySelector(".tag");
    tag.textContent = now.next || next.dataset.nobody;
    tag.className = `tag tag--${now.next ? "info" : "plain"}`;
    for (const link of desk.querySelectorAll("a[data-talk]")) {
      link.querySelector("[data-talk-state]").textContent = now.talks[link.dataset.talk] ?? "";
    }
    if (!room) return undefined;
    desk.querySelector("[data-clock]").textContent = now.clock;
    desk.querySelector("[data-away]").hidden = !now.away && !gone;
    return undefined;
  }

  /* The talk ended or is somebody else's; the room may have said so already. */
  function over() {
    if (!room.querySelector("textarea").value) goOn(room.dataset.ended);
  }

  function fresh() {
    const writing = [...desk.querySelectorAll("textarea, input, select, summary")].some((field) => inUse(field));
    const sending = desk.querySelector(".message--me[data-message='']");
    if (!writing && !sending) return goOn(location.pathname);
    desk.querySelector("[data-news]").hidden = false;
    return undefined;
  }

  /* Somebody is at it, or did something with it that a new page would not know of. The cursor rests in the message field. */
  function inUse(field) {
    if (field === document.activeElement && field.id !== "bericht") return true;
    const { value = "", defaultValue = value, checked, defaultChecked } = field;
    return value.trim() !== defaultValue.trim() || checked !== defaultChecked;
  }
}
