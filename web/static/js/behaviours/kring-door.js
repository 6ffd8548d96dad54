/* A kring that is alive says what happens to it: it opens, goes on longer, has its last round, is over, is wiped. What
   somebody is typing disappears only with the wipe. */
import { words } from "../lib/chat-bubble.js";

export default function start(door) {
  const room = door.closest(".room");
  room.addEventListener("chat-frame", ({ detail }) => {
    if (detail.t === "notice" && detail.key?.startsWith("kring.")) heard(door, room, detail);
  });
}

function heard(door, room, { kind, key, args }) {
  door.querySelector("[data-said]").textContent = words(room, key, args);
  door.querySelector("[data-shut]")?.remove(); // the line above says it now
  if (kind === "open") write(room, true);
  else if (kind === "shut" || kind === "over") write(room, false);
  if (kind === "closing" || kind === "over") {
    reveal(room.querySelector("[data-next]"));
    clock(room, args);
  }
  if (kind === "wiped") wipe(room);
}

/* The promise above the messages gets its time. */
function clock(room, args) {
  const place = document.querySelector("[data-kring-clock]");
  if (place) place.textContent = words(room, "kring.gewist_om", args);
}

function write(room, open) {
  const writing = room.querySelector("[data-writing]");
  if (writing) writing.hidden = !open && !writing.querySelector("textarea").value;
}

function reveal(element) {
  if (element) element.hidden = false;
}

/* Nothing stays on the screen of what is gone from the store. */
function wipe(room) {
  for (const list of room.querySelectorAll("[data-list], [data-panels]")) list.replaceChildren();
  for (const field of room.querySelectorAll("textarea")) field.value = "";
  write(room, false);
}
