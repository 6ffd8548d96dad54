/* A room that is alive: new messages appear, own ones go out at once and are never sent twice. Without this script the
   same page works by forms. */
import { Announcer } from "../lib/announce.js";
import { ChatConnection } from "../lib/chat-connection.js";
import { clone, fill, words } from "../lib/chat-bubble.js";

const NEAR_END = 100;
const SENDING_AFTER_MS = 1_000;
const MOST_SHOWN = 300;

export default function start(element) {
  return new ChatRoom(element);
}

class ChatRoom {
  #new = 0;

  constructor(element) {
    this.element = element;
    this.list = element.querySelector("[data-list]");
    this.log = element.querySelector("[data-log]");
    this.composer = element.querySelector("[data-composer]");
    this.panels = element.querySelector("[data-panels]");
    this.jump = element.querySelector("[data-jump]");
    const button = this.jump.querySelector("button");
    const many = (n) => button.dataset.other.replace("{n}", n);
    this.announcer = new Announcer(element.querySelector("[data-announce]"), many, element.dataset.each === "1");
    this.connection = new ChatConnection(
      {
        address: element.dataset.socket,
        csrf: document.body.dataset.csrf,
        room: element.dataset.room,
        epoch: element.dataset.epoch,
        lastSeq: Number(element.dataset.lastSeq),
      },
      { event: (frame) => this.#event(frame), state: (name) => this.#state(name), sent: (item, frame) => this.#sent(item, frame) },
    );
    element.querySelector("[data-no-script]").hidden = true;
    this.#listen(button);
    this.#toEnd();
    this.#toComposer();
  }

  #listen(button) {
    this.composer?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.composer?.text.addEventListener("keydown", (event) => {
      const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches;
      if (sends) {
        event.preventDefault();
        this.#send();
      }
    });
    button.addEventListener("click", () => this.#toEnd());
    this.log.addEventListener("scroll", () => this.#atEnd() && this.#seen());
    this.list.addEventListener("submit", (event) => this.#retract(event));
    const bar = this.element.querySelector("[data-connection]");
    bar.querySelector("[data-connection-try]").addEventListener("click", () => this.connection.tryNow());
    for (const name of ["here", "reload"]) {
      bar.querySelector(`[data-connection-${name}]`).addEventListener("click", () => location.reload());
    }
    const older = this.element.querySelector("[data-older]");
    older.querySelector("button").addEventListener("click", () => this.#askOlder());
    older.hidden = this.list.children.length < 20;
  }

  #send() {
    const field = this.composer.text;
    const text = field.value.trim();
    if (!text) return field.focus();
    const item = { client_id: crypto.randomUUID(), text };
    if (!this.connection.send(item)) return undefined;
    item.bubble = clone(this.element, "me");
    fill(item.bubble, { name: this.element.dataset.name ?? "", text });
    this.list.append(item.bubble);
    setTimeout(() => item.bubble.dataset.message || this.#mark(item.bubble, "chat.sending"), SENDING_AFTER_MS);
    field.value = "";
    field.dispatchEvent(new Event("input"));
    field.focus();
    this.#afterChange(true);
    return undefined;
  }

  /* The server's word on an own message: kept, waiting for a moderator, not placed, or no answer. */
  #sent(item, frame) {
    item.bubble.querySelector("[data-failed]")?.remove();
    if (frame.panel) this.#panel(frame.panel);
    if (frame.t === "ack") {
      this.#offerPhrase();
      fill(item.bubble, { id: frame.id, at: frame.at });
      item.bubble.classList.toggle("message--held", frame.state === "held");
      this.#mark(item.bubble, frame.state === "held" ? "mod.held" : "");
      if (this.list.querySelectorAll(`[data-message="${frame.id}"]`).length > 1) item.bubble.remove();
    } else if (frame.t === "refused") this.#refused(item, frame);
    else this.#failed(item, frame);
  }

  #refused(item, frame) {
    item.bubble.remove();
    const note = clone(this.element, "refused");
    note.querySelector("[data-why]").textContent = words(this.element, frame.key);
    const masked = note.querySelector("[data-masked]");
    masked.hidden = !frame.label.startsWith("pii_") || !frame.masked;
    masked.addEventListener("click", () => {
      this.composer.text.value = frame.masked;
      note.remove();
      this.#send();
    });
    this.panels.replaceChildren(...[...this.panels.querySelectorAll("[data-crisis]")], note);
    if (!this.composer.text.value) this.composer.text.value = item.text;
    this.#alert(`${note.querySelector("strong")?.textContent ?? ""} ${words(this.element, frame.key)}`);
    note.tabIndex = -1;
    note.focus();
  }

  #failed(item, frame) {
    this.#mark(item.bubble, "chat.failed");
    item.bubble.classList.add("message--failed");
    const actions = clone(this.element, "failed");
    actions.dataset.failed = "";
    if (frame.key) actions.prepend(words(this.element, frame.key, frame.args), " ");
    actions.querySelector("[data-retry]").addEventListener("click", () => {
      actions.remove();
      item.bubble.classList.remove("message--failed");
      this.#mark(item.bubble, "chat.sending");
      this.connection.retry(item);
    });
    actions.querySelector("[data-edit]").addEventListener("click", () => {
      this.connection.drop(item);
      item.bubble.remove();
      this.composer.text.value = item.text;
      this.composer.text.focus();
    });
    item.bubble.append(actions);
    this.#alert(words(this.element, frame.key ?? "chat.failed", frame.args));
  }

  #event(frame) {
    if (frame.t === "message" || frame.t === "restored") this.#message(frame);
    else if (frame.t === "hidden") this.#gone(frame, "mod.hidden");
    else if (frame.t === "retracted") this.#gone(frame, "chat.removed");
    else if (frame.t === "older") this.#older(frame);
    else if (frame.t === "resync") this.#restarted();
    else if (frame.t === "ended" || frame.t === "returned") this.#over(frame);
    else if (frame.t === "refused" || frame.t === "ack") this.#panel(frame.panel);
    this.element.dispatchEvent(new CustomEvent("chat-frame", { detail: frame }));
  }

  /* The talk ended or went back in the line: the page of now says what is next. */
  #over(frame) {
    this.announcer.say(words(this.element, frame.key, { naam: frame.peer?.name ?? "" }));
    if (this.element.dataset.ended && !this.composer?.text.value) location.replace(this.element.dataset.ended);
  }

  #attached(frame) {
    if (frame.attached.kind === "invite") {
      const place = this.element.querySelector("[data-invite-place]");
      if (place && !place.firstElementChild) place.append(clone(this.element, "invite"));
      return;
    }
    if (this.#bubble(frame.id)) return;
    const bubble = clone(this.element, "card");
    fill(bubble, { id: frame.id, at: frame.at, author: { name: frame.author.name } });
    const link = bubble.querySelector("[data-card-link]");
    link.href = frame.attached.href;
    bubble.querySelector("[data-card-name]").textContent = frame.attached.name;
    bubble.querySelector("[data-card-line]").textContent = frame.attached.line;
    this.#inPlace(bubble, frame);
    this.announcer.message(frame.author.name, frame.attached.name);
    this.#afterChange(false, 1);
  }

  #message(frame) {
    if (frame.attached) return this.#attached(frame);
    const waiting = frame.client_id && [...this.list.children].find((node) => node.dataset.client === frame.client_id);
    const known = waiting || this.#bubble(frame.id);
    const mine = Boolean(frame.client_id);
    if (mine) this.#offerPhrase();
    const bubble = known ?? this.#ownPending(frame) ?? clone(this.element, mine ? "me" : "other");
    fill(bubble, { ...frame, mine, roles: this.element.dataset });
    bubble.classList.remove("message--held", "message--hidden", "message--failed");
    this.#mark(bubble, "");
    bubble.querySelector("[data-failed]")?.remove();
    if (!known || frame.t === "message") this.#inPlace(bubble, frame);
    if (!mine) this.announcer.message(frame.author.name, frame.text);
    return this.#afterChange(mine, mine ? 0 : 1);
  }

  /* The event of an own message may come before its ack. */
  #ownPending(frame) {
    const item = frame.client_id && this.connection.unsent.find((other) => other.client_id === frame.client_id);
    const bubbles = [...this.list.querySelectorAll(".message--me:not([data-message]), .message--me[data-message='']")];
    return item?.bubble ?? (frame.client_id ? bubbles.find((node) => node.querySelector("[data-text]").textContent === frame.text) : undefined);
  }

  /* Order is the server's number only; own messages without a number stay at the end. */
  #inPlace(bubble, frame) {
    bubble.dataset.seq = frame.seq;
    const later = [...this.list.children].find((node) => node !== bubble && Number(node.dataset.seq ?? Infinity) > frame.seq);
    if (later !== bubble.nextSibling || !bubble.isConnected) this.list.insertBefore(bubble, later ?? null);
    this.element.querySelector("[data-empty]")?.remove();
  }

  #gone(frame, key) {
    const bubble = this.#bubble(frame.id);
    if (!bubble) return;
    bubble.querySelector("[data-text]").textContent = words(this.element, key);
    bubble.classList.add("message--hidden");
    bubble.querySelector("details")?.remove();
  }

  #older(frame) {
    const before = this.log.scrollHeight;
    for (const event of frame.events) if (event.t === "message" && !this.#bubble(event.id)) this.#message(event);
    this.log.scrollTop += this.log.scrollHeight - before;
    this.element.querySelector("[data-older]").hidden = !frame.more;
  }

  #askOlder() {
    const first = [...this.list.children].find((node) => node.dataset.seq);
    const { epoch, lastSeq } = this.connection.place;
    this.connection.ask({ t: "backfill", epoch, before_seq: Number(first?.dataset.seq ?? lastSeq + 1), limit: 50 });
  }

  #restarted() {
    this.list.replaceChildren();
    this.announcer.say(words(this.element, "chat.restarted"));
  }

  #retract(event) {
    const form = event.target.closest("[data-retract]");
    if (!form) return;
    const id = form.closest("[data-message]").dataset.message;
    if (id && this.connection.ask({ t: "retract", id })) {
      event.preventDefault();
      this.#gone({ id }, "chat.taken_back");
    }
  }

  #panel(kind) {
    if (!kind || this.panels.querySelector(`[data-crisis="${kind}"]`)) return;
    this.panels.append(clone(this.element, kind));
    this.panels.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  #state(name) {
    const bar = this.element.querySelector("[data-connection]");
    const was = this.connectionState;
    this.connectionState = name;
    if (name === "session") return location.reload();
    const shows = { lost: "lost", taken: "taken", new: "new" }[name];
    for (const part of ["lost", "taken", "new", "back"]) bar.querySelector(`[data-connection-${part}]`).hidden = part !== shows;
    clearTimeout(this.helpTimer);
    const help = bar.querySelector("[data-connection-help]");
    if (name === "lost") this.helpTimer = setTimeout(() => (help.hidden = false), 57_000);
    else help.hidden = true;
    if (name === "open" && was === "lost") {
      const back = bar.querySelector("[data-connection-back]");
      back.hidden = false;
      this.announcer.say(back.textContent);
      setTimeout(() => (back.hidden = true), 4_000);
    } else if (name === "lost") this.announcer.say(bar.querySelector("[data-connection-lost] p").textContent);
    return undefined;
  }

  #bubble(id) {
    return id ? this.list.querySelector(`[data-message="${id}"]`) : null;
  }

  /* After the first own message, whichever of ack and event comes first. */
  #offerPhrase() {
    this.element.querySelector("[data-offer]")?.removeAttribute("hidden");
  }

  #mark(bubble, key) {
    bubble.querySelector("[data-state]").textContent = key ? words(this.element, key) : "";
  }

  #alert(said) {
    this.element.querySelector("[data-alert]").textContent = said;
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight <= NEAR_END;
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.#seen();
  }

  /* On a small phone, who is in a conversation already sees the last messages and the text field first. */
  #toComposer() {
    const visitor = document.body.classList.contains("visitor--chat");
    const inside = this.element.dataset.each === "1" || this.list.querySelector(".message--me[data-message]");
    if (visitor && inside && matchMedia("(max-width: 30rem)").matches) this.element.scrollIntoView({ block: "end" });
  }

  #seen() {
    this.#new = 0;
    this.jump.hidden = true;
  }

  /* Follow only who is at the end or wrote; others keep their view and get a button. */
  #afterChange(own, fresh = 0) {
    this.element.querySelector("[data-empty]")?.remove();
    while (this.list.children.length > MOST_SHOWN) this.list.firstElementChild.remove();
    if (own || this.wasAtEnd !== false) return this.#toEnd();
    this.#new += fresh;
    const button = this.jump.querySelector("button");
    button.textContent = this.#new === 1 ? button.dataset.one : button.dataset.other.replace("{n}", this.#new);
    this.jump.hidden = this.#new === 0;
    return undefined;
  }
}
