/* Leaving or reloading with text that was not sent warns once. Snel weg never does, nor sending that text itself. */
import { isLeaving } from "../behaviours/snel-weg.js";

const fields = new Set();
let warned = false;
let sent = null;

export function guardUnsent(field) {
  if (fields.size === 0) {
    addEventListener("beforeunload", warn);
    addEventListener("submit", (event) => (sent = event.defaultPrevented ? null : event.target)); // a script may send it
  }
  fields.add(field);
}

function warn(event) {
  const waits = document.querySelector(".message--failed, .message[data-pending]"); // shown, and with nobody yet
  const typed = [...fields].some((field) => field.isConnected && field.form !== sent && field.value.trim() !== field.defaultValue.trim());
  if (warned || isLeaving() || !(waits || typed)) return;
  warned = true;
  event.preventDefault();
}
