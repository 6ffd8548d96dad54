/* Leaving or reloading with text that was not sent warns once. Snel weg never does, sending neither. */
import { isLeaving } from "../behaviours/snel-weg.js";

const fields = new Set();
let warned = false;
let sending = false;

export function guardUnsent(field) {
  if (fields.size === 0) addEventListener("beforeunload", warn);
  fields.add(field);
  field.form?.addEventListener("submit", () => {
    sending = true;
  });
}

function warn(event) {
  const unsent = [...fields].some((field) => field.isConnected && field.value.trim() !== field.defaultValue.trim());
  if (warned || sending || isLeaving() || !unsent) return;
  warned = true;
  event.preventDefault();
}
