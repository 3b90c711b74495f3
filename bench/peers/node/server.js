// The original: a Socket.IO server on Node.js, with its defaults. It prints one line when it
// serves, its address and what it is, and ends when its standard input does.
"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { version } = require("socket.io/package.json");

const http = createServer();
const io = new Server(http);

// What the load sends and gets; see bench/README.md.
io.on("connection", (socket) => {
  socket.on("message", (m, ack) => ack({ seq: m.seq, success: true }));
  socket.on("join", async ({ room }, ack) => {
    await socket.join(room);
    ack({ room });
  });
  socket.on("publish", ({ room, seq, text }) => io.to(room).emit("news", { seq, text }));
});

http.listen(0, "127.0.0.1", () => {
  console.log(`127.0.0.1:${http.address().port} socket.io v${version}, Node.js ${process.version}`);
});
process.stdin.on("end", () => process.exit(0)).resume();
