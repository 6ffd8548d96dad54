/* One room over one connection: keeps the order, asks what it missed, and sends what was written in turn until the server
   says that it is kept. Knows nothing of the page. Protocol: server/chat/frames.py. */
import { isLeaving } from "../behaviours/snel-weg.js";
import { openSocket } from "./chat-socket.js";

const SILENCE_MS = 40_000;
const LOST_AFTER_MS = 3_000;
const ANSWER_MS = 10_000;
const TOO_OLD_MS = 600_000;
const MAX_UNSENT = 20;
const SOON_MS = 120_000;
const REFUSALS = 3;
const BEST_AGAIN_MS = 300_000;
const GONE_FOR_GOOD = new Set([4400, 4403, 4409, 4410]);
const DURABLE = new Set(["message", "edited", "hidden", "restored", "retracted", "notice", "assigned", "returned", "ended"]);

export class ChatConnection {
  #transport = null;
  #ways = [openSocket];
  #way = 0;
  #refused = 0;
  #tries = 0;
  #held = new Map();
  #unsent = [];
  #caughtUp = false;
  #target = 0;
  #refs = 0;
  #timers = {};
  #stopped = false;

  /* place: {address, csrf, room, epoch, lastSeq}. told: functions event(frame), state(name), sent(item, frame). */
  constructor(place, told) {
    this.place = place;
    this.told = told;
    addEventListener("online", () => this.tryNow());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#check());
    this.#open();
  }

  get unsent() {
    return this.#unsent;
  }

  /* Queue a message {client_id, text, gen}; false when too many wait. */
  send(item) {
    if (this.#unsent.length >= MAX_UNSENT) return false;
    this.#unsent.push(Object.assign(item, { written: Date.now(), waiting: false, failed: false }));
    this.#next();
    return true;
  }

  retry(item) {
    item.failed = false;
    item.written = Date.now();
    this.tryNow();
    this.#next();
  }

  /* Answered or given up: its answer is waited for no longer. */
  drop(item) {
    item.waiting = false;
    this.#unsent = this.#unsent.filter((other) => other !== item);
    this.#next();
  }

  /* Ask for events before a seq, or say something that is no message. Returns false without connection. */
  ask(frame) {
    if (!this.#transport?.open) return false;
    this.#transport.send({ ref: String(++this.#refs), room: this.place.room, ...frame });
    return true;
  }

  tryNow() {
    if (this.#stopped || this.#transport) return;
    clearTimeout(this.#timers.again);
    this.#open();
  }

  stop() {
    this.#stopped = true;
    this.#transport?.close();
  }

  #open() {
    const old = this.#transport;
    let begun = false;
    const mine = (deed) => (...values) => this.#transport === transport && deed(...values);
    this.#caughtUp = false;
    const transport = this.#ways[this.#way](this.place, {
      opened: mine(() => (begun = true)),
      frame: mine((frame) => this.#receive(frame)),
      closed: mine((code) => this.#closed(code, begun)),
    });
    this.#transport = transport;
    old?.close();
    this.#watch();
  }

  /* A way that does not even open is left for the next one; the best is tried again every five minutes. */
  #choose(begun) {
    this.#refused = begun ? 0 : this.#refused + 1;
    if (begun || (this.#way === 0 && this.#refused < REFUSALS)) return;
    if (this.#ways.length === 1) import("./chat-by-request.js").then(({ openStream, openPoll }) => (this.#ways = [openSocket, openStream, openPoll]));
    this.#way = (this.#way + 1) % this.#ways.length;
    this.#refused = this.#way ? 0 : REFUSALS - 1;
    clearTimeout(this.#timers.best);
    if (this.#way) this.#timers.best = setTimeout(() => this.#tryBest(), BEST_AGAIN_MS);
  }

  #tryBest() {
    this.#way = 0;
    this.#refused = REFUSALS - 1;
    if (!this.#stopped) this.#open();
  }

  #receive(frame) {
    if (isLeaving()) return;
    this.#watch();
    if (DURABLE.has(frame.t)) this.#inOrder(frame);
    else if (frame.t === "alive") return;
    else if (frame.t === "ping") this.#transport.pong?.(frame.n);
    else if (frame.t === "resumed") this.#resumed(frame);
    else if (frame.t === "resync") this.#resync(frame);
    else if (frame.t === "page") this.#page(frame);
    else if (frame.t === "reconnect") this.#again(frame.after_ms);
    else this.#answered(frame);
  }

  #inOrder(frame) {
    const { place } = this;
    if (frame.seq <= place.lastSeq) return;
    this.#held.set(frame.seq, frame);
    if (frame.seq > place.lastSeq + 1) this.ask({ t: "backfill", epoch: place.epoch, after_seq: place.lastSeq, limit: 100 });
    for (let next; (next = this.#held.get(place.lastSeq + 1)); ) {
      this.#held.delete(next.seq);
      place.lastSeq = next.seq;
      this.told.event(next);
      if (next.client_id) this.#kept(next.client_id);
    }
    this.#maybeCaughtUp();
  }

  /* The own message came back before its ack: it is kept, whatever the ack still says. */
  #kept(clientId) {
    for (const item of this.#unsent.filter((other) => other.client_id === clientId)) this.drop(item);
  }

  #resumed(frame) {
    this.#tries = 0;
    this.#target = frame.to_seq;
    this.told.state("open");
    this.#maybeCaughtUp(true);
  }

  #resync(frame) {
    this.#tries = 0;
    Object.assign(this.place, { epoch: frame.epoch, lastSeq: frame.last_seq });
    this.#held.clear();
    this.#target = frame.last_seq;
    this.told.state("open");
    this.told.event(frame);
    this.ask({ t: "backfill", epoch: frame.epoch, before_seq: frame.last_seq + 1, limit: 50 });
    this.#maybeCaughtUp(true);
  }

  #page(frame) {
    const older = frame.events.filter((event) => event.seq <= this.place.lastSeq);
    for (const event of frame.events) this.#inOrder(event);
    if (older.length) this.told.event({ t: "older", events: older, more: frame.more });
  }

  /* Missed messages come first, then the unsent ones. */
  #maybeCaughtUp(resumed = false) {
    if ((resumed || !this.#caughtUp) && this.#transport?.open && this.place.lastSeq >= this.#target) {
      this.#caughtUp = true;
      for (const item of this.#unsent) item.waiting = false;
      this.#next();
    }
  }

  /* One message at a time, so that the order stays. */
  #next() {
    const item = this.#unsent.find((other) => !other.failed);
    if (!item || item.waiting || !this.#caughtUp || !this.#transport?.open) return;
    if (Date.now() - item.written > TOO_OLD_MS) return this.#failed(item, {});
    item.waiting = true;
    item.ref = String(++this.#refs);
    const { ref, client_id, text, gen, reply_to } = item;
    this.ask({ t: "send", ref, client_id, text, ...(gen ? { gen } : {}), ...(reply_to ? { reply_to } : {}) });
    clearTimeout(this.#timers.answer);
    this.#timers.answer = setTimeout(() => item.waiting && this.#failed(item, {}), ANSWER_MS);
  }

  #answered(frame) {
    const item = this.#unsent.find((other) => other.waiting && (other.ref === frame.ref || other.client_id === frame.client_id));
    if (item && frame.t === "error" && frame.code === "opslag_weg") setTimeout(() => this.#oneMoreTime(item), 2_000);
    else if (item && frame.code === "te_snel" && frame.retry_ms <= SOON_MS) {
      this.told.event({ t: "slow", item, key: frame.key, seconds: Math.ceil(frame.retry_ms / 1_000) });
      clearTimeout(this.#timers.answer);
      setTimeout(() => this.#oneMoreTime(item), frame.retry_ms);
    } else if (item && frame.t === "error") this.#failed(item, frame);
    else if (item && (frame.t === "ack" || frame.t === "refused")) {
      this.drop(item);
      this.told.sent(item, frame);
    } else this.told.event(frame);
  }

  #oneMoreTime(item) {
    item.waiting = false;
    this.#next();
  }

  #failed(item, frame) {
    item.waiting = false;
    item.failed = true;
    this.told.sent(item, { t: "failed", ...frame });
    this.#next();
  }

  #closed(code, begun) {
    this.#transport = null;
    if (isLeaving()) return; // the visit ends first: loading the page anew would keep somebody here
    for (const item of this.#unsent) item.waiting = false;
    this.#caughtUp = false;
    clearTimeout(this.#timers.silence);
    if (this.#stopped) return;
    if (code === 4401) return this.told.state("session");
    if (GONE_FOR_GOOD.has(code)) {
      this.#stopped = true;
      return this.told.state(code === 4409 ? "taken" : "new");
    }
    this.#choose(begun);
    this.#timers.lost ??= setTimeout(() => this.told.state("lost"), LOST_AFTER_MS);
    this.#again(Math.random() * Math.min(30_000, 500 * 2 ** this.#tries++));
  }

  #again(afterMs) {
    clearTimeout(this.#timers.again);
    this.#timers.again = setTimeout(() => this.#open(), afterMs);
  }

  /* 40 seconds without a word means that nobody is there, whatever the browser says. */
  #watch() {
    this.heard = Date.now();
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#check(), SILENCE_MS);
    if (this.#transport?.open) {
      clearTimeout(this.#timers.lost);
      this.#timers.lost = undefined;
    }
  }

  #check() {
    if (this.#stopped) return;
    if (Date.now() - this.heard >= SILENCE_MS) {
      const old = this.#transport;
      this.#closed(1006, true);
      old?.close();
    } else this.tryNow();
  }
}
