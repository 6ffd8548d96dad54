/* A room that is alive: new messages appear, own ones go out at once and are never sent twice. Without this script the
   same page works by forms. */
import { Announcer } from "../lib/announce.js";
import { Answering } from "../lib/answering.js";
import { clone, fill, quote, words } from "../lib/chat-bubble.js";
import { ChatConnection } from "../lib/chat-connection.js";
import { ConnectionBar } from "../lib/connection-bar.js";
import { Deeds } from "../lib/deeds.js";
import { Follow } from "../lib/follow.js";
import { goOn } from "../lib/go-on.js";
import { MessageList } from "../lib/message-list.js";
import { Muting } from "../lib/muting.js";
import { OwnMessages } from "../lib/own-messages.js";
import { RoomNews } from "../lib/room-news.js";
import { Signs } from "../lib/signs.js";

const OLDER = 50;

export default function start(element) {
  return new ChatRoom(element);
}

class ChatRoom {
  constructor(element) {
    this.element = element;
    element.room = this;
    this.log = element.querySelector("[data-log]");
    this.composer = element.querySelector("[data-composer]");
    this.panels = element.querySelector("[data-panels]");
    this.olderButton = element.querySelector("[data-older]");
    const list = element.querySelector("[data-list]");
    const jump = element.querySelector("[data-jump]");
    this.messages = new MessageList(list, element.querySelector("[data-days]"));
    this.follow = new Follow(this.log, jump, () => clone(element, "unread"));
    const many = (n) => jump.querySelector("button").dataset.other.replace("{n}", n);
    const mode = element.dataset.announce || (element.dataset.each === "1" ? "alles" : "samengevat");
    this.announcer = new Announcer(element.querySelector("[data-announce-place]"), many, mode);
    this.connection = this.#connect();
    this.bar = new ConnectionBar(
      element.querySelector("[data-connection]"),
      (said) => this.announcer.say(said),
      () => this.connection.tryNow(),
    );
    this.own = new OwnMessages(this);
    this.answering = new Answering(this);
    this.signs = new Signs(this);
    this.news = new RoomNews(this);
    this.muting = new Muting(this);
    this.deeds = new Deeds(this, this.#deeds(), (bubble) => this.signs.mark(bubble));
    this.#listen();
    this.follow.toEnd();
    this.#toComposer();
  }

  /* Ask for the messages before the first one of the page. */
  askOlder() {
    const { epoch, lastSeq } = this.connection.place;
    this.connection.ask({ t: "backfill", epoch, before_seq: this.messages.firstSeq ?? lastSeq + 1, limit: OLDER });
  }

  alert(said) {
    this.element.querySelector("[data-alert]").textContent = said;
  }

  #deeds() {
    return {
      steun: (button, bubble) => this.signs.pressed(button, bubble),
      terugnemen: (_button, bubble) => this.#gone({ id: bubble.dataset.message }),
      dempen: (_button, bubble) => this.muting.mute(bubble),
      "weer-lezen": (button) => this.muting.unmute(button.value),
      "niet-nu": (button) => this.news.answered(button),
      aanbod: (button) => button.remove(),
    };
  }

  #connect() {
    const { socket, room, epoch, lastSeq } = this.element.dataset;
    return new ChatConnection(
      { address: socket, csrf: document.body.dataset.csrf, room, epoch, lastSeq: Number(lastSeq) },
      { event: (frame) => this.#event(frame), state: (name) => this.#state(name), sent: (item, frame) => this.#sent(item, frame) },
    );
  }

  #listen() {
    this.element.querySelector("[data-no-script]").hidden = true;
    this.composer?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.composer?.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || !this.#enterSends()) return;
      event.preventDefault();
      this.#send();
    });
    const button = this.olderButton.querySelector("button");
    button.hidden = false;
    this.olderButton.querySelector("a")?.remove();
    button.addEventListener("click", () => this.askOlder());
  }

  #enterSends() {
    const { enter } = this.element.dataset;
    return enter && enter !== "toestel" ? enter === "ja" : matchMedia("(pointer: fine)").matches;
  }

  #send() {
    const field = this.composer.text;
    const text = field.value.trim();
    if (!text || field.readOnly || [...text].length > Number(field.dataset.maxChars)) return field.focus(); // how many too many stands below it
    const answered = this.answering.take();
    const item = this.own.send(text, { gen: Number(this.element.dataset.gen) || undefined, ...answered });
    if (!item) return undefined;
    if (answered.reply_to) quote(this.element, item.bubble, answered.reply_to, this.messages.find(answered.reply_to));
    field.value = "";
    field.dispatchEvent(new Event("input"));
    field.focus();
    this.#notEmpty();
    this.follow.wrote();
    return undefined;
  }

  #sent(item, frame) {
    this.#panel(frame.panel);
    if (frame.t === "ack") this.#offerPhrase();
    this.own.answered(item, frame);
  }

  #event(frame) {
    if (frame.t === "message" || frame.t === "restored") this.#message(frame);
    else if (frame.t === "edited") this.#edited(frame);
    else if (frame.t === "hidden") this.#gone(frame, "mod.hidden");
    else if (frame.t === "retracted") this.#gone(frame);
    else if (frame.t === "notice") this.news.heard(frame);
    else if (frame.t === "presence" && frame.band) this.news.busy(frame.band);
    else if (frame.t === "slow") this.own.waits(frame);
    else if (frame.t === "signs") this.signs.heard(frame);
    else if (frame.t === "older") this.#older(frame);
    else if (frame.t === "resync") this.#restarted();
    else if (frame.degraded) this.bar.impaired(frame.degraded);
    else if (frame.t === "ended" || frame.t === "returned") this.#over(frame);
    else if (frame.t === "refused" || frame.t === "ack") this.#panel(frame.panel);
    this.element.dispatchEvent(new CustomEvent("chat-frame", { detail: frame }));
  }

  /* The page of now says what is next. */
  #over(frame) {
    this.announcer.say(words(this.element, frame.key, { naam: frame.peer?.name ?? "" }));
    if (this.element.dataset.ended && !this.composer?.text.value) goOn(this.element.dataset.ended);
  }

  #message(frame) {
    if (frame.attached?.kind === "invite") return this.#invited();
    const known = this.own.take(frame.client_id) ?? this.messages.find(frame.id);
    const bubble = known ?? this.#clone(frame);
    this.follow.still(() => this.#show(bubble, frame));
    if (frame.client_id) return this.#offerPhrase();
    if (known || this.muting.folds(bubble)) return undefined;
    if (this.element.dataset.sound === "aan") import("../lib/sound.js").then(({ tone }) => tone());
    this.announcer.message(frame.author.name, frame.text || frame.attached?.name || "");
    return this.follow.arrived(bubble);
  }

  #clone(frame) {
    const alone = frame.attached && !frame.text;
    return clone(this.element, alone ? "card" : frame.client_id ? "me" : "other");
  }

  #show(bubble, frame) {
    const text = frame.attached && !frame.text ? undefined : frame.text;
    fill(bubble, { ...frame, text, mine: Boolean(frame.client_id), roles: this.element.dataset });
    bubble.classList.remove("message--held", "message--hidden", "message--failed");
    this.#parts(bubble, false);
    bubble.id = `b-${frame.id}`;
    this.messages.know(frame.id, bubble);
    if (frame.reply_to) quote(this.element, bubble, frame.reply_to, this.messages.find(frame.reply_to));
    if (frame.attached) this.#card(bubble, frame.attached);
    if (frame.edited) bubble.querySelector("[data-state]").textContent = words(this.element, "chat.edited");
    delete bubble.dataset.pending;
    this.messages.place(bubble, frame.of ?? frame.seq, frame.at);
    for (const gone of this.messages.trim()) this.follow.forget(gone);
    this.#notEmpty();
  }

  #showFolded(frame) {
    const bubble = this.#clone(frame);
    this.#show(bubble, frame);
    this.muting.folds(bubble);
  }

  #invited() {
    const place = this.element.querySelector("[data-invite-place]");
    if (place && !place.firstElementChild) place.append(clone(this.element, "invite"));
  }

  #card(bubble, card) {
    if (!bubble.querySelector("[data-card-link]")) bubble.querySelector("[data-text]").after(clone(this.element, "place"));
    bubble.querySelector("[data-card-link]").href = card.href;
    bubble.querySelector("[data-card-name]").textContent = card.name;
    bubble.querySelector("[data-card-line]").textContent = card.line;
  }

  #edited(frame) {
    const bubble = this.messages.find(frame.id);
    if (frame.text === undefined) return undefined;
    if (!bubble) return this.#message(frame);
    this.follow.still(() => {
      fill(bubble, { text: frame.text });
      bubble.querySelector("[data-card]")?.remove();
      if (frame.attached) this.#card(bubble, frame.attached);
    });
    bubble.querySelector("[data-state]").textContent = words(this.element, "chat.edited");
    return this.#quotesOf(frame.id);
  }

  #gone(frame, why) {
    const bubble = this.messages.find(frame.id);
    if (!bubble) return;
    const key = why ?? (bubble.matches(".message--me") ? "chat.taken_back" : "chat.removed");
    this.follow.still(() => {
      bubble.querySelector("[data-text]").textContent = words(this.element, key);
      bubble.classList.add("message--hidden");
      this.#parts(bubble, true);
    });
    this.#quotesOf(frame.id);
  }

  #parts(bubble, hidden) {
    for (const part of bubble.querySelectorAll(".message__more, .message__deeds, [data-quote], [data-card]")) part.hidden = hidden;
    if (hidden) bubble.querySelector("[data-signs]")?.setAttribute("hidden", "");
  }

  /* Words that are hidden stand in no quote either. */
  #quotesOf(id) {
    for (const place of this.log.querySelectorAll(`[data-quote="${id}"]`)) {
      quote(this.element, place.closest("[data-message]"), id, this.messages.find(id));
    }
  }

  #older(frame) {
    const spoken = frame.events.filter((event) => event.t === "message" && event.attached?.kind !== "invite");
    this.follow.still(() => {
      for (const event of spoken.filter(({ id }) => !this.messages.find(id))) this.#showFolded(event);
      for (const event of spoken) this.#quotesOf(event.id);
    });
    this.olderButton.hidden = !frame.more || this.messages.full;
    this.answering.older(!this.olderButton.hidden);
    this.signs.refresh();
  }

  #restarted() {
    this.messages.clear();
    this.announcer.say(words(this.element, "chat.restarted"));
  }

  #panel(kind) {
    if (!kind || this.panels.querySelector(`[data-crisis="${kind}"]`)) return;
    this.panels.append(clone(this.element, kind));
    this.panels.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  #state(name) {
    if (name === "session") return this.#left();
    if (name === "open" && this.bar.lost) this.signs.refresh();
    return this.bar.show(name);
  }

  /* The visit ended in another tab or by its time. What others said goes from the screen; own words that wait stay. */
  #left() {
    if (!this.composer?.text.value.trim()) return goOn();
    this.log.replaceChildren();
    this.answering.take(); // it quotes
    this.composer.querySelector("button").hidden = this.composer.text.readOnly = true;
    this.bar.show("over");
    return this.announcer.say(this.bar.element.querySelector("[data-connection-over] p").textContent);
  }

  #notEmpty() {
    this.element.querySelector("[data-empty]")?.remove();
  }

  /* After the first own message. */
  #offerPhrase() {
    this.element.querySelector("[data-offer]")?.removeAttribute("hidden");
  }

  /* For whoever said something here before, the last messages and the text field come first. */
  #toComposer() {
    const visitor = document.body.classList.contains("visitor--chat");
    const inside = this.element.dataset.each === "1" || this.log.querySelector(".message--me[data-message]");
    if (visitor && inside) this.element.scrollIntoView({ block: "end" });
  }
}
