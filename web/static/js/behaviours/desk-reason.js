/* Another reason fills the text the author will read, as long as nobody changed that text. */
export default function start(form) {
  const field = form.elements.reden;
  const given = form.elements.reden_was;
  form.addEventListener("change", (event) => {
    const text = event.target.dataset.text;
    if (!text || field.value.trim() !== given.value.trim()) return;
    field.value = text;
    given.value = text;
  });
}
