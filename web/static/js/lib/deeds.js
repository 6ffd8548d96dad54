/* What one can do with a message: the markup comes when somebody asks for it, the forms of the page are sent without
   leaving it. A form without answer is sent the ordinary way. */
import { clone } from "./chat-bubble.js";

const ID = "{id}";

export class Deeds {
  /* room: {element, log}. done: functions by the name of a form's data-deed: (button, bubble). opened(bubble): the deeds
     of a message are in the page now. */
  constructor(room, done, opened) {
    this.room = room;
    this.done = done;
    this.opened = opened;
    for (const link of room.log.querySelectorAll("a[data-more]")) this.#upgrade(link);
    room.element.addEventListener("click", (event) => this.#pressed(event));
  }

  /* The link to a page of its own becomes a button that opens the same under the message. */
  #upgrade(link) {
    const button = clone(this.room.element, "other").querySelector("[data-more]");
    button.querySelector("[data-name]").textContent = link.querySelector("[data-name]").textContent;
    link.replaceWith(button);
  }

  #pressed(event) {
    const more = event.target.closest("button[data-more]");
    if (more) this.#toggle(more);
    else this.#send(event);
  }

  #toggle(more) {
    const bubble = more.closest("[data-message]");
    const open = more.nextElementSibling;
    more.setAttribute("aria-expanded", String(!open));
    if (open) return open.remove();
    const deeds = clone(this.room.element, bubble.matches(".message--me") ? "deeds-me" : "deeds-other");
    if (bubble.matches(".message--team")) deeds.querySelector("[form=dempen]")?.remove();
    for (const node of deeds.querySelectorAll("[value], [href]")) {
      const name = node.hasAttribute("value") ? "value" : "href";
      node.setAttribute(name, node.getAttribute(name).replace(ID, bubble.dataset.message));
    }
    more.after(deeds);
    this.opened(bubble);
    return deeds.scrollIntoView({ block: "nearest" });
  }

  async #send(event) {
    const button = event.target.closest("button[form]");
    const done = this.done[button?.form?.dataset.deed];
    if (!done) return;
    event.preventDefault();
    const answered = await post(button.form.action, { [button.name]: button.value }).catch(() => false);
    if (answered) done(button, button.closest("[data-message]"));
    else button.form.requestSubmit(button);
  }
}

/* Send a form's values. Returns whether the deed was done; where the answer would lead to does not matter. */
async function post(path, values) {
  const body = new URLSearchParams({ csrf: document.body.dataset.csrf, ...values });
  const answer = await fetch(path, { method: "POST", body, redirect: "manual" });
  return answer.ok || answer.type === "opaqueredirect";
}
