/* What one can do with a message: the markup comes when somebody asks for it, the forms of the page are sent without
   leaving it. A form without answer is sent the ordinary way. */
import { clone } from "./chat-bubble.js";

const ID = "{id}";

export class Deeds {
  /* room: {element, log, alert(words)}. done: functions by the name of a form's data-deed: (bubble, button). */
  constructor(room, done) {
    this.room = room;
    this.done = done;
    room.log.addEventListener("toggle", (event) => event.target.open && this.#open(event.target), true);
    room.element.addEventListener("click", (event) => this.#pressed(event));
  }

  #open(details) {
    this.#fill(details);
    details.scrollIntoView({ block: "nearest" });
  }

  #fill(details) {
    const bubble = details.closest("[data-message]");
    if (!bubble?.dataset.message || details.querySelector(".message__deeds")) return;
    const kind = bubble.matches(".message--me") ? "me" : bubble.matches(".message--team") ? "team" : "other";
    const deeds = clone(this.room.element, `deeds-${kind}`);
    for (const node of deeds.querySelectorAll("[value], [href]")) {
      for (const name of ["value", "href"]) {
        if (node.hasAttribute(name)) node.setAttribute(name, node.getAttribute(name).replace(ID, bubble.dataset.message));
      }
    }
    details.append(deeds);
    this.done.filled?.(bubble);
  }

  async #pressed(event) {
    const button = event.target.closest("button[form]");
    const done = this.done[button?.form?.dataset.deed];
    if (!done) return;
    event.preventDefault();
    const answered = await post(button.form.action, { [button.name]: button.value }).catch(() => false);
    if (answered) done(button.closest("[data-message]"), button);
    else button.form.requestSubmit(button);
  }
}

/* Send a form's values. Returns whether the deed was done; where the answer would lead to does not matter. */
export async function post(path, values) {
  const body = new URLSearchParams({ csrf: document.body.dataset.csrf, ...values });
  const answer = await fetch(path, { method: "POST", body, redirect: "manual" });
  return answer.ok || answer.type === "opaqueredirect";
}
