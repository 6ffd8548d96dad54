/* Verberg scherm: one press (or Ctrl+.) hides what is on a team member's screen, the next shows it again. */
export default function start(button) {
  button.addEventListener("click", () => toggle(button));
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.key !== ".") return;
    event.preventDefault();
    toggle(button);
  });
}

function toggle(button) {
  const covered = document.documentElement.classList.toggle("is-screened");
  button.setAttribute("aria-pressed", String(covered));
}
