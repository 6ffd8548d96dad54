/* Warn five minutes before a team login ends for doing nothing; one press keeps it. Reading and typing do not count: only
   the server knows a login, and it hears of pages and forms alone. */
const WARN_AFTER = 25 * 60 * 1000;

export default function start(form) {
  let timer = setTimeout(warn, WARN_AFTER);

  function warn() {
    form.hidden = false;
    form.querySelector("button").focus({ preventScroll: true });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "x-csrf": document.body.dataset.csrf, "content-type": "application/x-www-form-urlencoded" },
      redirect: "manual",
    }).catch(() => null);
    if (!answer) return; /* no connection: the warning stays */
    form.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(warn, WARN_AFTER);
  });
}
