/* Signs of support under a message: which ones somebody pressed, never how often. */
import { words } from "./chat-bubble.js";

export class Signs {
  /* room: {element, messages}. */
  constructor(room) {
    this.room = room;
  }

  /* Others pressed or took back. */
  heard({ id, kinds }) {
    const bubble = this.room.messages.find(id);
    if (bubble) this.#show(bubble, kinds);
  }

  /* After a gap: what was pressed meanwhile was kept for nobody. */
  async refresh() {
    const { signsPath } = this.room.element.dataset;
    const answer = signsPath && (await fetch(signsPath).catch(() => null));
    if (!answer?.ok) return;
    const { signs } = await answer.json();
    for (const [id, kinds] of Object.entries(signs)) this.heard({ id, kinds });
  }

  /* The own press is kept; the sign itself comes back from the server like that of others. */
  pressed(button, bubble) {
    const given = new Set((bubble.dataset.given ?? "").split(" ").filter(Boolean));
    if (button.name === "geef") given.add(button.dataset.sign);
    else given.delete(button.dataset.sign);
    bubble.dataset.given = [...given].join(" ");
    this.mark(bubble);
  }

  mark(bubble) {
    const given = (bubble.dataset.given ?? "").split(" ");
    for (const button of bubble.querySelectorAll("[data-sign]")) {
      const on = given.includes(button.dataset.sign);
      button.name = on ? "neem" : "geef";
      button.setAttribute("aria-pressed", String(on));
    }
  }

  #show(bubble, kinds) {
    const place = bubble.querySelector("[data-signs]") ?? this.#place(bubble);
    place.hidden = kinds.length === 0;
    place.replaceChildren(...kinds.flatMap((kind) => [this.#chip(kind), " "]));
  }

  #place(bubble) {
    const place = document.createElement("p");
    place.className = "message__signs";
    place.dataset.signs = "";
    bubble.querySelector(".message__foot").after(place);
    return place;
  }

  #chip(kind) {
    const chip = document.createElement("span");
    chip.textContent = words(this.room.element, `chat.sign.${kind}`);
    return chip;
  }
}
