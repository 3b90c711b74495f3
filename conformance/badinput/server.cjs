// The reference: socket.io for Node.js, in each of the settings the cases ask
// for. It prints the ports as one line of JSON and ends when its standard input
// does. rookery_test.go holds the same application on Rookery.
const http = require("node:http");
const { Server } = require("socket.io");

const settings = {
  plain: {},
  hasty: { pingInterval: 1500, pingTimeout: 1000, upgradeTimeout: 500, connectTimeout: 1000 },
  deflate: { perMessageDeflate: true },
  eio3: { allowEIO3: true },
  cors: { cors: { origin: "http://good.example" } },
};

function serve(name) {
  const requests = new Map(); // label -> requests of the session so far
  const reasons = new Map(); // label -> why its sockets were closed
  let clients = 0;
  const patience = name === "hasty" ? { headersTimeout: 1000, requestTimeout: 2000, connectionsCheckingInterval: 50 } : {};
  const server = http.createServer(patience, (req, res) => {
    const url = new URL(req.url, "http://localhost");
    const label = url.searchParams.get("label");
    switch (url.pathname) {
      case "/control/requests":
        return res.end(String(requests.get(label) ?? 0));
      case "/control/reasons":
        return res.end((reasons.get(label) ?? []).join("\n"));
      case "/control/clients":
        return res.end(String(io.engine.clientsCount));
    }
    res.writeHead(404).end();
  });
  const count = (req) => {
    const label = /[?&]label=([\w-]+)/.exec(req.url)?.[1]; // URL would throw at some of what comes
    requests.set(label, (requests.get(label) ?? 0) + 1);
  };
  const io = new Server(server, settings[name]);
  server.prependListener("request", count);
  server.prependListener("upgrade", count);

  const onConnection = (socket) => {
    const label = socket.handshake.query.label;
    socket.on("disconnect", (reason) => {
      reasons.set(label, [...(reasons.get(label) ?? []), reason]);
    });
    socket.onAny((event, ...args) => {
      if (typeof event === "function") return; // the ack of an event without a name
      const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
      switch (event) {
        case "sink": // takes what it gets, and says only that it came
          return ack ? ack("sunk") : undefined;
        case "question": // asks the client something
          return socket.emit("question", (...answer) => socket.emit("answered", ...answer));
        case "kick":
          return socket.disconnect(true);
        default:
          return ack ? ack(event, ...args) : socket.emit("echo", event, ...args);
      }
    });
  };
  io.on("connection", onConnection);
  io.of("/b").on("connection", onConnection);
  io.of(/^\/dyn-\d+$/).on("connection", onConnection);

  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve([name, server.address().port])));
}

Promise.all(Object.keys(settings).map(serve)).then((ports) => {
  console.log(JSON.stringify(Object.fromEntries(ports)));
});
process.stdin.on("end", () => process.exit(0)).resume();
