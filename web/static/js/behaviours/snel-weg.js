/* Snel weg (ux-spec 8): by the button, Esc twice within a second, or Shift three times within five. Covers the page
   first, then cleans up, then leaves. Nothing here waits for the network. */
const CHANNEL = "weg";
const ESC_WITHIN_MS = 1000;
const SHIFT_WITHIN_MS = 5000;

let leaving = false;
let channel = null;
const held = new Set();

export function startExit() {
  const { exitTo } = document.body.dataset;
  if (!exitTo) return;
  if ("BroadcastChannel" in window) {
    channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", () => leave(exitTo, { tell: false }));
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-exit]")) return;
    event.preventDefault();
    leave(exitTo);
  });
  watchKeys(() => leave(exitTo));
}

export default startExit;

/* True from the moment someone leaves: pages that warn about unsent text ask this first. */
export function isLeaving() {
  return leaving;
}

function leave(to, { tell = true } = {}) {
  if (leaving) return;
  leaving = true;
  cover();
  if (tell) channel?.postMessage("weg");
  logOut();
  clean();
  location.replace(to);
}

function cover() {
  const layer = document.createElement("div");
  layer.className = "cover";
  document.body.append(layer);
  document.documentElement.classList.add("is-leaving");
  document.title = "Weer";
  for (const sound of document.querySelectorAll("audio, video")) sound.pause();
  window.speechSynthesis?.cancel();
}

function logOut() {
  const { exitPath, csrf } = document.body.dataset;
  const body = new URLSearchParams(csrf ? { csrf } : {});
  fetch(exitPath, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
}

function clean() {
  try {
    sessionStorage.clear();
  } catch {
    /* a browser without storage has nothing to clear */
  }
  for (const form of document.forms) form.reset();
  for (const field of document.querySelectorAll("input, textarea")) field.value = "";
}

/* Esc and Shift count only as bare keys: not held down, not in the middle of composing a letter, not together with
   another key. The Esc that closes a dialog or a fold does not count. */
function watchKeys(go) {
  const pressed = { Escape: [], Shift: [] };
  document.addEventListener("keydown", (event) => {
    const alone = held.size === 0 && !event.ctrlKey && !event.altKey && !event.metaKey;
    held.add(event.code);
    if (event.key !== "Shift") pressed.Shift = [];
    if (event.key !== "Escape") pressed.Escape = [];
    if (event.repeat || event.isComposing || !alone || event.defaultPrevented) return;
    if (event.key === "Escape" && !event.shiftKey && !closesSomething()) count("Escape", ESC_WITHIN_MS, 2);
  });
  document.addEventListener("keyup", (event) => {
    const bare = held.size === 1 && held.has(event.code);
    held.delete(event.code);
    if (event.key === "Shift" && bare && !event.isComposing) count("Shift", SHIFT_WITHIN_MS, 3);
  });
  addEventListener("blur", () => held.clear());

  function count(key, within, times) {
    const now = performance.now();
    pressed[key] = [...pressed[key].filter((at) => now - at < within), now];
    if (pressed[key].length >= times) go();
  }
}

function closesSomething() {
  return Boolean(document.querySelector("dialog[open], [popover]:popover-open"));
}
