/* What happens to the room itself: it stands still, goes slower, shuts or opens. Nothing that somebody typed is lost. */
import { clone, words } from "./chat-bubble.js";
import { goOn } from "./go-on.js";

const STOPS = new Set(["paused", "shut"]);
const GOES_ON = new Set(["released", "open"]);
const DECIDED = "decided";

export class RoomNews {
  /* room: {element, composer, announcer, follow, messages}. */
  constructor(room) {
    this.room = room;
    this.bar = room.element.querySelector("[data-room-news]");
    this.bar?.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault(); // the same address with another fragment would not ask the server
      location.hash = event.currentTarget.hash;
      location.reload();
    });
  }

  heard(frame) {
    if (frame.key?.startsWith("kring.")) return undefined; // behaviours/kring-door.js
    const said = words(this.room.element, frame.kind === "shut" ? "groep.dicht" : frame.key, frame.args);
    if (frame.kind === "away") return this.#line(said);
    if (frame.kind === "offer") return this.#offered(frame, said);
    if (!this.bar || !said) return;
    const { composer } = this.room;
    if (GOES_ON.has(frame.kind) && !composer) return goOn(); // nothing is typed on a page without a field
    if (composer && (STOPS.has(frame.kind) || GOES_ON.has(frame.kind))) composer.hidden = STOPS.has(frame.kind);
    this.bar.querySelector("p").textContent = said;
    this.bar.querySelector("a").hidden = GOES_ON.has(frame.kind);
    this.bar.querySelector("a").hash = frame.kind === DECIDED ? "besluiten" : "maatregel";
    this.bar.hidden = false;
    this.room.announcer.say(said);
  }

  /* How busy it is, in a word; never announced. */
  busy(band) {
    const place = document.querySelector("[data-band]");
    const word = place?.dataset.band.split(" ")[["rustig", "gezellig", "druk"].indexOf(band)];
    if (!word) return;
    const tag = place.firstElementChild ?? place.appendChild(document.createElement("span"));
    tag.className = "tag tag--plain";
    tag.textContent = word;
  }

  /* Said to an offer or not: it goes. */
  answered(button) {
    button.closest("[data-offered]").remove();
    this.room.composer?.text.focus();
  }

  #line(said) {
    const line = clone(this.room.element, "line");
    line.textContent = said;
    this.room.follow.still(() => this.room.messages.line(line));
  }

  #offered(frame, said) {
    const place = this.room.element.querySelector("[data-offers]");
    if (!place || place.querySelector(`[data-offered="${frame.seq}"]`)) return;
    const notice = clone(this.room.element, "offer");
    notice.dataset.offered = frame.seq;
    notice.querySelector("[data-offer-words]").textContent = said;
    notice.querySelector("button").value = frame.seq;
    place.append(notice);
    this.room.announcer.say(said);
  }
}
