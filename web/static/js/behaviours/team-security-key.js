/* A security key as second factor, or a new one: ask the server what to sign, ask the browser for the key, post its
   answer with the form. Where the browser knows no keys the button stays away and the code is what remains. */
export default function start(form) {
  const failed = form.querySelector("[role=alert]");
  if (!window.PublicKeyCredential) {
    form.hidden = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      form.elements.antwoord.value = JSON.stringify(await ask(form));
    } catch {
      failed.hidden = false; /* refused, not there, or took too long: one sentence for all */
      return;
    }
    form.submit();
  });
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams(form.elements.csrf ? { csrf: form.elements.csrf.value } : {}),
    redirect: "error",
  });
  if (!answer.ok) throw new Error("no options");
  const options = await answer.json();
  const made = form.dataset.deed === "create"
    ? await navigator.credentials.create({ publicKey: forCreate(options) })
    : await navigator.credentials.get({ publicKey: forGet(options) });
  return packed(made);
}

function forCreate(options) {
  const excludeCredentials = options.excludeCredentials.map(withBytes);
  return { ...options, challenge: bytes(options.challenge), user: withBytes(options.user), excludeCredentials };
}

function forGet(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: options.allowCredentials.map(withBytes) };
}

/* The browser's own toJSON is younger than the phones we serve. */
function packed(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

function withBytes(described) {
  return { ...described, id: bytes(described.id) };
}

function bytes(base64url) {
  const plain = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
