/* A form of the forum keeps one entry in the history of this tab: the answer takes the place of the page it came from.
   The server says where to go as {"to"}; anything else it shows by itself when the form is sent the ordinary way, which
   never makes two posts: the form has a key of its own. Without a connection the text stays. */
import { isLeaving } from "./snel-weg.js";

export default function start(form) {
  let busy = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    send(form, event.submitter).finally(() => {
      busy = false;
    });
  });
}

async function send(form, submitter) {
  const offline = form.querySelector("[data-offline]");
  if (offline) offline.hidden = true;
  const to = await ask(form, submitter).catch(() => null);
  if (isLeaving()) return;
  if (to === null && offline) offline.hidden = false;
  else if (to && submitter?.hasAttribute("aria-pressed")) turn(submitter);
  else if (to) go(to);
  else plain(form, submitter);
}

/* Returns where to go, or "" when the answer is a page. */
async function ask(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter?.name) body.append(submitter.name, submitter.value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
  const json = answer.headers.get("content-type")?.startsWith("application/json");
  return answer.ok && json ? (await answer.json()).to : "";
}

/* A button that is pressed or not stays on the page: somebody may be writing there. */
function turn(button) {
  const pressed = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!pressed));
  button.name = pressed ? "geef" : "neem";
}

function go(to) {
  const target = new URL(to, location.href);
  if (target.origin !== location.origin) return;
  const here = target.pathname === location.pathname && target.search === location.search;
  if (!here) return location.replace(target.href);
  history.replaceState(null, "", target.href);
  return location.reload();
}

function plain(form, submitter) {
  if (submitter?.name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(field);
  }
  form.submit();
}
