/* What happens in a talk beside messages: a sign of the peer worker, or that they are away; last minutes, a question about a colleague. The
   page of now shows questions; it is loaded only when nothing is being written. */
import { words } from "../lib/chat-bubble.js";
import { goOn } from "../lib/go-on.js";

const SILENT_MS = 600_000;

export default function start(element) {
  const sign = element.querySelector("[data-sign]");
  const closing = element.querySelector("[data-closing]");
  const silent = element.querySelector("[data-silent]");
  const field = element.querySelector("[data-composer] textarea");
  let quiet = 0;

  element.addEventListener("chat-frame", ({ detail: frame }) => {
    if (frame.t === "presence" && frame.peer) show(frame.signal ?? frame.peer);
    else if (frame.t === "message" && frame.author?.role) sign.hidden = true;
    else if (frame.t === "notice") notice(frame);
    if (frame.t === "message") wait();
  });
  field.addEventListener("input", wait);
  closing.querySelector("form").addEventListener("submit", moreTime);
  wait();

  function show(kind) {
    const said = sign.dataset[kind] ?? "";
    const shown = sign.hidden ? "" : sign.textContent;
    if (shown === said || ((kind === "hier" || !said) && shown !== sign.dataset.weg)) return;
    sign.textContent = said;
    sign.hidden = !said;
    say(said);
  }

  function notice(frame) {
    const said = words(element, frame.key, frame.args);
    say(said);
    if (frame.kind === "closing") {
      closing.querySelector("[data-closing-words]").textContent = said;
      closing.hidden = false;
    } else if (frame.kind === "goes_on") closing.hidden = true;
    else if (frame.kind === "ask" || frame.kind === "answered") fresh(said);
  }

  /* With something half written the question is named under the messages and waits. */
  function fresh(said) {
    const sending = element.querySelector(".message--me[data-message='']");
    if (!field.value.trim() && !sending) return goOn(element.dataset.here);
    sign.textContent = said;
    sign.hidden = false;
    return undefined;
  }

  async function moreTime(event) {
    event.preventDefault();
    const form = event.target;
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => form.submit());
  }

  function wait() {
    clearTimeout(quiet);
    silent.hidden = true;
    quiet = setTimeout(() => (silent.hidden = false), SILENT_MS);
  }

  function say(said) {
    element.room?.announcer.say(said);
  }
}
