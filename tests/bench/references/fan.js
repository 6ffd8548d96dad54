// Reference: the `ws` package of Node: node fan.js PORT. A room per path.
const http = require('node:http');
const { WebSocketServer } = require('ws');

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });
const rooms = new Map();

sockets.on('connection', (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on('message', (said) => {
    if (String(said) === 'hier') {
      socket.send('hier');
      return;
    }
    for (const member of room) member.send(said, { binary: false });
  });
  socket.on('close', () => room.delete(socket));
  socket.on('error', () => socket.terminate());
});

server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
