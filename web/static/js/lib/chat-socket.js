/* The best way to reach a room: {send(frame), pong(n), close(), open}; tells opened(), frame(frame), closed(code).
   The other side: server/chat/socket.py. */
export function openSocket(place, tell) {
  const address = new URL(place.address, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address, "chat.v1");
  socket.addEventListener("open", () => {
    const { csrf, room, epoch, lastSeq } = place;
    const tab = crypto.randomUUID().slice(0, 8);
    socket.send(JSON.stringify({ t: "hello", v: 1, csrf, tab, resume: [{ room, epoch, last_seq: lastSeq }] }));
    tell.opened();
  });
  socket.addEventListener("message", (event) => tell.frame(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => tell.closed(event.code));
  return {
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    send: (frame) => socket.send(JSON.stringify(frame)),
    pong: (n) => socket.send(JSON.stringify({ t: "pong", n })),
    close: () => socket.close(1000),
  };
}
