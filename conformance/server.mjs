// The reference: a Node.js server with the behaviours that the cases use. The Go program
// in server/ has the same.
import { createServer } from "node:http";
import { Server } from "socket.io";

const options = JSON.parse(process.env.OPTIONS || "{}");
const http = createServer();
const io = new Server(http, { pingInterval: 25000, ...options });

// Why each socket left, for the observers.
const reasons = new Map();
const waiting = new Map();

function left(id, reason) {
  reasons.set(id, reason);
  waiting.get(id)?.(reason);
}

function behave(socket) {
  const nsp = socket.nsp;
  const collected = [];

  function target({ rooms = [], except = [], from, volatile, compress, local }) {
    let t = from === "socket" ? socket : nsp;
    if (from === "socket" && rooms.length === 0) t = socket.broadcast;
    if (rooms.length) t = t.to(rooms);
    if (except.length) t = t.except(except);
    if (volatile) t = t.volatile;
    if (local) t = t.local;
    if (compress !== undefined) t = t.compress(compress);
    return t;
  }

  socket.on("echo", (...args) => args.pop()(...args));
  socket.on("back", (...args) => socket.emit("back", ...args));
  socket.on("ignore", () => {});
  socket.on("join", (rooms, ack) => {
    socket.join(rooms);
    ack();
  });
  socket.on("leave", (room, ack) => {
    socket.leave(room);
    ack();
  });
  socket.on("rooms", (ack) => ack([...socket.rooms].filter((r) => r !== socket.id).sort()));
  socket.on("send", (to, event, ...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    target(to).emit(event, ...args);
    ack();
  });
  socket.on("burst", (to, n, ack) => {
    for (let i = 0; i < n; i++) target(to).emit("n", i);
    ack();
  });
  socket.on("mine", (n, ack) => {
    for (let i = 0; i < n; i++) socket.emit("n", i);
    ack();
  });
  socket.on("collect", (n) => collected.push(n));
  socket.on("collected", (ack) => ack(collected));
  socket.on("ask", async (timeout, ...args) => {
    const ack = args.pop();
    try {
      ack(null, await socket.timeout(timeout).emitWithAck("question", ...args));
    } catch {
      ack("timeout");
    }
  });
  socket.on("askAll", (to, timeout, ...args) => {
    const ack = args.pop();
    target(to).timeout(timeout).emit("question", ...args, (err, answers) => ack(Boolean(err), answers.sort()));
  });
  socket.on("fetch", async (to, ack) => {
    const found = await target(to).fetchSockets();
    ack(found.map((s) => ({ id: s.id, rooms: [...s.rooms].filter((r) => r !== s.id).sort(), data: s.data })));
  });
  socket.on("data", (value, ack) => {
    socket.data.value = value;
    ack();
  });
  socket.on("socketsJoin", (to, room, ack) => {
    target(to).socketsJoin(room);
    ack();
  });
  socket.on("socketsLeave", (to, room, ack) => {
    target(to).socketsLeave(room);
    ack();
  });
  socket.on("disconnectSockets", (to, close) => target(to).disconnectSockets(close));
  socket.on("kick", (close) => {
    socket.emit("last", "words");
    socket.disconnect(close);
  });
  socket.on("handshake", (ack) => {
    const { auth, query, headers, secure } = socket.handshake;
    ack({ auth, query: { a: query.a, EIO: query.EIO }, header: headers["x-test"], secure });
  });
  socket.on("binary", (ack) =>
    ack(Buffer.from([1, 2, 3]), { a: Buffer.from("x"), b: [Buffer.alloc(0), "y"] }, Buffer.alloc(70000, 7)));
  socket.on("size", (value, ack) => ack(value.length));
  socket.on("disconnect", (reason) => left(socket.id, reason));
}

for (const name of ["/", "/chat", "/a/b", "/ünï"]) io.of(name).on("connection", behave);

io.of("/auth")
  .use((socket, next) => {
    if (socket.handshake.auth.token === "good") return next();
    const err = new Error("not authorized");
    if (socket.handshake.auth.token) err.data = { content: "please retry later", code: 7 };
    next(err);
  })
  .on("connection", behave);

io.of("/late")
  .use((socket, next) => setTimeout(next, 100))
  .on("connection", behave);

io.of("/hello").on("connection", (socket) => {
  socket.join("greeted");
  socket.emit("hello", 1, { two: 2 }, Buffer.from([3]));
  socket.emit("hello", "again");
  behave(socket);
});

io.of("/observer").on("connection", (socket) => {
  socket.on("reason", (id, ack) => {
    if (reasons.has(id)) return ack(reasons.get(id));
    waiting.set(id, ack);
  });
});

http.listen(0, "127.0.0.1", () => console.log(`listening ${http.address().port}`));
process.on("SIGTERM", () => io.close(() => process.exit(0)));
