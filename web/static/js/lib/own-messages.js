/* Own messages on their way: shown at once, marked when it takes long, given back when they were not placed. */
import { clone, fill, words } from "./chat-bubble.js";

const SENDING_AFTER_MS = 1_000;

export class OwnMessages {
  #pending = new Map();

  /* room: {element, messages, follow, connection, composer, panels, announcer, alert(words)}. */
  constructor(room) {
    this.room = room;
  }

  /* Show and send; false when too many wait already. */
  send(text, extra = {}) {
    const { element, messages, connection } = this.room;
    const item = { client_id: crypto.randomUUID(), text, ...extra };
    item.bubble = clone(element, "me");
    fill(item.bubble, { name: element.dataset.name ?? "", text });
    if (!connection.send(item)) return undefined;
    item.bubble.dataset.pending = "";
    this.#pending.set(item.client_id, item.bubble);
    messages.append(item.bubble);
    setTimeout(() => this.#pending.has(item.client_id) && this.#mark(item.bubble, "chat.sending"), SENDING_AFTER_MS);
    return item;
  }

  /* The bubble of an own message whose event comes in; it waits no longer. */
  take(clientId) {
    const bubble = clientId && this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (bubble) this.#settle(bubble, "");
    return bubble;
  }

  /* The server's word on an own message: kept, waiting for a moderator, not placed, or no answer. */
  answered(item, frame) {
    item.bubble.querySelector("[data-failed]")?.remove();
    if (frame.t === "ack") this.#kept(item, frame);
    else if (frame.t === "refused") this.#refused(item, frame);
    else this.#failed(item, frame);
  }

  /* Too many messages: this one goes by itself as soon as it may, and the seconds are counted in its place. */
  waits({ item, key, seconds }) {
    const why = key === "groep.langzaam" ? key : "room.slow";
    const until = Date.now() + seconds * 1_000;
    this.room.announcer.say(words(this.room.element, why, { n: seconds, s: seconds }));
    const count = () => {
      const left = Math.ceil((until - Date.now()) / 1_000);
      if (!this.#pending.has(item.client_id)) return clearInterval(timer);
      this.#mark(item.bubble, left > 0 ? why : "chat.sending", { n: left, s: left });
      return left > 0 ? undefined : clearInterval(timer);
    };
    const timer = setInterval(count, 1_000);
    count();
  }

  #kept(item, frame) {
    const known = this.room.messages.find(frame.id);
    if (known && known !== item.bubble) this.room.messages.forget(item.bubble);
    else {
      fill(item.bubble, { at: frame.at });
      this.room.messages.know(frame.id, item.bubble);
      item.bubble.classList.toggle("message--held", frame.state === "held");
      if (frame.state === "held" || item.bubble.dataset.seq) this.#pending.delete(item.client_id);
      this.#settle(item.bubble, frame.state === "held" ? "mod.held" : "");
    }
  }

  #refused(item, frame) {
    const { element, panels, composer } = this.room;
    this.#pending.delete(item.client_id);
    item.bubble.remove();
    const note = clone(element, "refused");
    note.querySelector("[data-why]").textContent = words(element, frame.key);
    const masked = note.querySelector("[data-masked]");
    masked.hidden = !frame.label.startsWith("pii_") || !frame.masked;
    masked.addEventListener("click", () => {
      composer.text.value = frame.masked;
      note.remove();
      composer.requestSubmit();
    });
    panels.replaceChildren(...panels.querySelectorAll("[data-crisis]"), note);
    if (!composer.text.value) composer.text.value = item.text;
    this.room.alert(`${note.querySelector("strong")?.textContent ?? ""} ${words(element, frame.key)}`);
    note.tabIndex = -1;
    note.focus();
  }

  #failed(item, frame) {
    const { element, connection, composer } = this.room;
    this.#mark(item.bubble, "chat.failed");
    item.bubble.classList.add("message--failed");
    const actions = clone(element, "failed");
    actions.dataset.failed = "";
    if (frame.key) actions.prepend(words(element, frame.key, frame.args), " ");
    actions.querySelector("[data-retry]").addEventListener("click", () => {
      this.#settle(item.bubble, "chat.sending");
      connection.retry(item);
    });
    actions.querySelector("[data-edit]").addEventListener("click", () => {
      connection.drop(item);
      this.#pending.delete(item.client_id);
      item.bubble.remove();
      composer.text.value = item.text;
      composer.text.focus();
    });
    this.room.follow.still(() => item.bubble.append(actions));
    this.room.alert(words(element, frame.key ?? "chat.failed", frame.args));
  }

  #settle(bubble, key) {
    bubble.classList.remove("message--failed");
    bubble.querySelector("[data-failed]")?.remove();
    this.#mark(bubble, key);
  }

  #mark(bubble, key, args) {
    const state = key ? words(this.room.element, key, args) : "";
    this.room.follow.still(() => (bubble.querySelector("[data-state]").textContent = state));
  }
}
