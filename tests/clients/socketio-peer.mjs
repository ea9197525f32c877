// SPDX-License-Identifier: LGPL-2.1-or-later
// npm socket.io with the events that the benchmark needs, to compare with.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(process.env.CLIENTS + '/package.json');
const { Server } = require('socket.io');
const http = createServer();
const io = new Server(http, { serveClient: false });

io.on('connection', (socket) => {
  socket.on('join', (room, answer) => {
    socket.join(room);
    answer('joined');
  });
  socket.on('to-room', (room, ...args) => io.to(room).emit('room', ...args));
});
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`));
