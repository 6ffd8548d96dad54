/* Answering one message: the text field says whose, the quote above the answer jumps to the original. */
import { firstWords } from "./chat-bubble.js";

const MOST_PAGES = 6;

export class Answering {
  #wanted = null;
  #pages = 0;

  /* room: {element, messages, composer, log, askOlder()}. */
  constructor(room) {
    this.room = room;
    this.bar = room.element.querySelector("[data-answering]");
    room.element.addEventListener("click", (event) => this.#clicked(event));
  }

  /* What the next message answers; it is asked for once. */
  take() {
    const id = this.bar && !this.bar.hidden ? this.bar.dataset.id : "";
    this.#stop();
    return id ? { reply_to: id } : {};
  }

  /* Earlier messages came in: perhaps the one that somebody wanted to see. */
  older(more) {
    if (!this.#wanted) return;
    const found = this.room.messages.find(this.#wanted);
    if (found) this.#jump(found);
    else if (more && this.#pages++ < MOST_PAGES) this.room.askOlder();
    else this.#wanted = null;
  }

  #clicked(event) {
    const quote = event.target.closest("[data-quote]");
    const answer = event.target.closest("[data-answer]");
    if (!quote && !answer && !event.target.closest("[data-answer-stop]")) return;
    event.preventDefault();
    if (quote) this.#find(quote.dataset.quote);
    else if (answer) this.#start(answer.closest("[data-message]"));
    else this.#stop();
  }

  #start(bubble) {
    this.bar.dataset.id = bubble.dataset.message;
    this.bar.querySelector("[data-answer-name]").textContent = bubble.querySelector("[data-name]").textContent;
    this.bar.querySelector("[data-answer-words]").textContent = firstWords(bubble);
    this.bar.hidden = false;
    bubble.querySelector("[data-more][aria-expanded=true]")?.click();
    this.room.composer.text.focus();
  }

  #stop() {
    if (!this.bar || this.bar.hidden) return;
    this.bar.hidden = true;
    const field = this.room.composer.elements.reply_to;
    if (field) field.value = "";
    this.room.composer.text.focus();
  }

  #find(id) {
    this.#wanted = id;
    this.#pages = 0;
    const found = this.room.messages.find(id);
    if (found) this.#jump(found);
    else this.room.askOlder();
  }

  #jump(bubble) {
    const { log } = this.room;
    this.#wanted = null;
    log.scrollTop += bubble.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
    bubble.tabIndex = -1;
    bubble.focus({ preventScroll: true });
  }
}
