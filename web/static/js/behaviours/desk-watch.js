/* The desk looks again when the line or the own talks changed, unless something is being written. */
export default function start(element) {
  let tries = 0;
  const open = () => {
    const address = new URL(element.dataset.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "chat.v1");
    const hello = { t: "hello", v: 1, csrf: document.body.dataset.csrf, tab: "balie", resume: [] };
    socket.addEventListener("open", () => socket.send(JSON.stringify(hello)));
    socket.addEventListener("message", (event) => {
      const frame = JSON.parse(event.data);
      tries = 0;
      if (frame.t === "ping") socket.send(JSON.stringify({ t: "pong", n: frame.n }));
      if (frame.t === "desk") look(element);
    });
    socket.addEventListener("close", (event) => {
      if (event.code === 4409 || event.code === 4401) return;
      setTimeout(open, Math.random() * Math.min(30_000, 500 * 2 ** tries++));
    });
  };
  open();
}

/* Only the list is fetched anew; a talk that is open is not touched. */
async function look(element) {
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok) return;
  const list = element.querySelector("[data-waits]");
  const waits = answer.headers.get("x-waits") === "1";
  list.querySelector(".tag").textContent = waits ? list.dataset.some : list.dataset.nobody;
  list.querySelector(".tag").className = `tag tag--${waits ? "warn" : "plain"}`;
}
