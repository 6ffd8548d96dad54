/* Two ways to reach a room where WebSockets are blocked: a stream of events, and where that is held back asking again and
   again. Each is {send(frame), close(), open}, as chat-socket.js is; loaded by who needs them. The other side:
   server/chat/stream.py. */
const STREAM_SILENT_MS = 6_000;
const POLL_SECONDS = 25;
const GONE = 4401;

/* A stream that says nothing at first is kept somewhere between here and the server: it ends unopened. */
export function openStream(place, tell) {
  return byRequest(place, tell, async (transport) => {
    const silent = setTimeout(() => transport.end(0), STREAM_SILENT_MS);
    const answer = await transport.get("sse");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let piece; !(piece = await reader.read()).done; ) {
      clearTimeout(silent);
      transport.begin();
      const blocks = (rest + piece.value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) transport.block(block);
    }
    return 1006;
  });
}

export function openPoll(place, tell) {
  return byRequest(place, tell, async (transport) => {
    let impaired = "";
    for (let first = true; transport.open || first; first = false) {
      const answer = await (await transport.get(`poll?wait=${first ? 0 : POLL_SECONDS}&stand=${impaired}`)).json();
      transport.begin();
      for (const frame of answer.frames) {
        if (frame.degraded) impaired = frame.degraded.join(".");
        if (first || frame.t !== "resumed") tell.frame(frame);
      }
      tell.frame({ t: "alive" });
      if (answer.close) return answer.close;
    }
    return 1006;
  });
}

/* What both have in common: words go by POST, the position by a header, which stands in no history. */
function byRequest(place, tell, read) {
  const leaving = new AbortController();
  const base = place.address.replace(/ws$/, "");
  const transport = {
    open: false,
    ended: false,
    begin() {
      if (transport.open || transport.ended) return;
      transport.open = true;
      tell.opened();
    },
    async get(path) {
      const position = btoa(`${place.room}.${place.epoch}.${place.lastSeq}`).replaceAll("+", "-").replaceAll("/", "_");
      return good(await fetch(base + path, { headers: { "last-event-id": position }, redirect: "manual", signal: leaving.signal }));
    },
    block(block) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (block.startsWith("event: close")) transport.end(Number(data) || 1006);
      else if (data) tell.frame(JSON.parse(data));
      else tell.frame({ t: "alive" });
    },
    async send(frame) {
      const headers = { "content-type": "application/json", "x-csrf": place.csrf };
      try {
        const options = { method: "POST", body: JSON.stringify(frame), headers, redirect: "manual", signal: leaving.signal };
        const answer = await (await good(await fetch(`${base}frame`, options))).json();
        for (const each of answer.frames) tell.frame(each);
        if (answer.close) transport.end(answer.close);
      } catch (error) {
        transport.end(error.gone ?? 1006);
      }
    },
    close: () => transport.end(1000),
    end(code) {
      if (transport.ended) return;
      transport.ended = true;
      transport.open = false;
      leaving.abort();
      tell.closed(code);
    },
  };
  read(transport).then(transport.end, (error) => transport.end(error.gone ?? 1006));
  return transport;
}

/* A visit that has ended leads elsewhere; anything else is tried again. */
async function good(answer) {
  if (answer.ok) return answer;
  const gone = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
  throw Object.assign(new Error("chat"), { gone: gone ? GONE : 1006 });
}
