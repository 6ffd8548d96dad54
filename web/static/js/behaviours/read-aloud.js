/* Lees voor: only when this device has a voice of its own for the language, so that no text leaves the device. */
export default function start(article) {
  const place = article.querySelector("[data-read-button]");
  const synth = window.speechSynthesis;
  if (!synth || !place) return;
  const button = place.querySelector("button");
  const readWords = button.textContent;
  const lang = article.closest("[lang]").lang;

  const show = () => {
    place.hidden = !localVoice(synth, lang);
  };
  show();
  synth.addEventListener?.("voiceschanged", show);
  button.addEventListener("click", () => {
    if (synth.speaking) {
      synth.cancel();
      return;
    }
    const said = new SpeechSynthesisUtterance(textOf(article));
    said.voice = localVoice(synth, lang);
    said.lang = lang;
    said.addEventListener("end", () => {
      button.textContent = readWords;
    });
    button.textContent = button.dataset.stopWords;
    synth.speak(said);
  });
  addEventListener("pagehide", () => synth.cancel());
}

function localVoice(synth, lang) {
  return synth.getVoices().find((voice) => voice.localService === true && voice.lang.startsWith(lang));
}

function textOf(article) {
  return [...article.querySelectorAll("h1, h2, h3, p, li")]
    .filter((part) => !part.closest("[hidden], .no-print"))
    .map((part) => part.textContent.trim())
    .join(".\n");
}
