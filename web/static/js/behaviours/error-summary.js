/* The error summary takes focus, and its links bring the field into view together with its label. */
export default function start(summary) {
  summary.focus({ preventScroll: false });
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.labels?.[0] ?? field).scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}
