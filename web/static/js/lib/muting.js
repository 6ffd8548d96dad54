/* People whose messages this reader does not want to see now: folded away, counted, and shown again with one press. */
import { clone } from "./chat-bubble.js";

export class Muting {
  /* room: {element, log, follow}. */
  constructor(room) {
    this.room = room;
    this.place = room.element.querySelector("[data-folded]");
    this.muted = new Set(this.place?.dataset.muted.split(" ").filter(Boolean));
  }

  /* Say whether a message is folded away, and count it when it is. */
  folds(bubble) {
    const { pid } = bubble.dataset;
    if (!this.muted.has(pid)) return false;
    bubble.hidden = true;
    this.#count(pid, bubble);
    return true;
  }

  mute(bubble) {
    const { pid } = bubble.dataset;
    this.muted.add(pid);
    this.room.follow.still(() => {
      for (const one of this.#of(pid)) one.hidden = true;
    });
    this.#count(pid, bubble);
    this.#row(pid).querySelector("button").focus();
  }

  unmute(pid) {
    this.muted.delete(pid);
    this.room.follow.still(() => {
      for (const one of this.#of(pid)) one.hidden = false;
    });
    this.#row(pid)?.remove();
    this.room.log.focus({ preventScroll: true });
  }

  #count(pid, bubble) {
    const count = this.#of(pid).length;
    const words = count === 1 ? this.place.dataset.one : this.place.dataset.other.replace("{n}", count);
    const row = this.#row(pid) ?? this.#newRow(pid);
    row.querySelector("[data-folded-words]").textContent = words.replace("{naam}", bubble.querySelector("[data-name]").textContent);
  }

  #newRow(pid) {
    const row = clone(this.room.element, "folded");
    row.dataset.person = pid;
    row.querySelector("button").value = pid;
    this.place.append(row);
    return row;
  }

  #row(pid) {
    return this.place.querySelector(`[data-person="${pid}"]`);
  }

  #of(pid) {
    return [...this.room.log.querySelectorAll(`[data-pid="${pid}"]`)];
  }
}
