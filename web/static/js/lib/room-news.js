/* What happens to the room itself: it stands still, goes slower, shuts or opens. Nothing that somebody typed is lost. */
import { words } from "./chat-bubble.js";

const STOPS = new Set(["paused", "shut"]);
const GOES_ON = new Set(["released", "open"]);

export class RoomNews {
  /* room: {element, composer, announcer}. */
  constructor(room) {
    this.room = room;
    this.bar = room.element.querySelector("[data-room-news]");
    this.bar?.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault(); // the same address with another fragment would not ask the server
      location.hash = "maatregel";
      location.reload();
    });
  }

  heard(frame) {
    const said = words(this.room.element, frame.key, frame.args);
    if (!this.bar || !said) return;
    const { composer } = this.room;
    if (GOES_ON.has(frame.kind) && !composer) return location.reload(); // nothing is typed on a page without a field
    if (composer && (STOPS.has(frame.kind) || GOES_ON.has(frame.kind))) composer.hidden = STOPS.has(frame.kind);
    this.bar.querySelector("p").textContent = said;
    this.bar.querySelector("a").hidden = GOES_ON.has(frame.kind);
    this.bar.hidden = false;
    this.room.announcer.say(said);
  }
}
