/* A form that asks for a proof of work (fields "bewijs" and "antwoord"). The work starts with the page; a press that
   comes too early waits for it, and says so after a second. data-fresh: where to get new work when this one is too old. */
import { isLeaving } from "./snel-weg.js";
import { expiresAt, solve } from "../lib/proof.js";

const SAY_AFTER_MS = 1000;
const SPARE_MS = 20_000;

export default function start(form) {
  const { bewijs, antwoord } = form.elements;
  let work = begin(bewijs.value);
  let sending = false;

  form.addEventListener("submit", async (event) => {
    if (antwoord.value && !isOld(bewijs.value)) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    const saying = setTimeout(say, SAY_AFTER_MS, form);
    if (isOld(bewijs.value)) work = renew();
    await work;
    clearTimeout(saying);
    if (!isLeaving()) form.submit();
  });

  async function begin(challenge) {
    antwoord.value = "";
    antwoord.value = await solve(challenge);
  }

  async function renew() {
    const answer = await fetch(form.dataset.fresh, { headers: { accept: "application/json" } }).catch(() => null);
    if (answer?.ok) bewijs.value = (await answer.json()).bewijs;
    await begin(bewijs.value);
  }
}

/* By this device's clock: one that runs wrong asks once more than needed, or hears from the server that it is late. */
function isOld(challenge) {
  return Date.now() > expiresAt(challenge) - SPARE_MS;
}

function say(form) {
  const place = form.querySelector("[data-proof-words]");
  place.textContent = place.dataset.proofWords;
}
