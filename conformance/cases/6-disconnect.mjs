import { sleep } from "../harness.mjs";

export default (test) => {
  test("the client leaves", async (t) => {
    const s = await t.connect();
    const id = s.id;
    s.disconnect();
    t.log(await t.next(s, "disconnect"), s.connected, await t.reason(id));
  });

  test("the client leaves one of its namespaces", async (t) => {
    const s = await t.connect();
    const chat = s.io.socket("/chat");
    await new Promise((done) => chat.on("connect", done));
    const id = chat.id;
    chat.disconnect();
    t.log(s.connected, await t.reason(id));
  });

  test("the client's transport goes", async (t) => {
    const s = await t.connect();
    const id = s.id;
    s.io.engine.close();
    t.log((await t.next(s, "disconnect"))[0], await t.reason(id));
  });

  test("the server kicks the client out", async (t) => {
    const s = await t.connect();
    const id = s.id;
    s.emit("kick", false);
    const [why] = await t.next(s, "disconnect");
    t.log(await t.next(s, "last"), why, s.active, await t.reason(id));
  });

  test("the server kicks the client and its transport", async (t) => {
    const s = await t.connect();
    const id = s.id;
    s.emit("kick", true);
    const [why] = await t.next(s, "disconnect");
    t.log(await t.next(s, "last"), why, await t.reason(id));
  });

  test("kicked, 25 of 25 see it", async (t) => {
    const all = await Promise.all(Array.from({ length: 25 }, () => t.connect()));
    all.forEach((s) => s.emit("kick", true));
    t.log(await Promise.all(all.map(async (s) => [(await t.next(s, "disconnect"))[0], await t.next(s, "last")])));
  });

  test("the other namespaces go with the transport", async (t) => {
    const s = await t.connect();
    const chat = s.io.socket("/chat");
    await new Promise((done) => chat.on("connect", done));
    const gone = new Promise((done) => chat.on("disconnect", done));
    const id = chat.id;
    s.emit("kick", true);
    t.log((await t.next(s, "disconnect"))[0], await gone, await t.reason(id));
  });

  test("kicked clients do not reconnect by themselves", async (t) => {
    const s = await t.connect("/", { reconnection: true, reconnectionDelay: 10 });
    s.emit("kick", false);
    const [why] = await t.next(s, "disconnect");
    await sleep(200);
    t.log(why, s.connected, s.active);
    s.connect();
    await t.connected(s);
    t.log(await t.call(s, "echo", "back"));
  });

  test("rooms are left", async (t) => {
    const [s, other] = [await t.connect(), await t.connect()];
    await t.call(s, "join", "left");
    await t.call(other, "join", "left");
    const id = s.id;
    s.disconnect();
    await t.reason(id);
    t.log((await t.call(other, "fetch", { rooms: ["left"] }))[0].map((x) => t.ids.get(x.id)));
  });

  test("a lost connection is made again", async (t) => {
    const s = await t.connect("/", { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
    const before = s.id;
    s.io.engine.close();
    t.log((await t.next(s, "disconnect"))[0]);
    await t.connected(s);
    t.log(s.id !== before, s.recovered, await t.call(s, "echo", "again"));
  });

  test("what is emitted meanwhile is sent later", async (t) => {
    const s = await t.connect("/", { reconnection: true, reconnectionDelay: 50 });
    s.io.engine.close();
    await t.next(s, "disconnect");
    const answer = t.call(s, "echo", "kept");
    s.volatile.emit("collect", "dropped");
    s.emit("collect", "kept");
    await t.connected(s);
    t.log(await answer, await t.call(s, "collected"));
  });

  test("the server stops", async (t) => {
    const server = await t.restart();
    const [a, b] = [await t.connect(), await t.connect("/chat")];
    const stopped = server.stop();
    for (const s of [a, b]) {
      const [why] = await t.next(s, "disconnect");
      t.log(["transport close", "transport error"].includes(why), s.active); // which one is a race, on Node too
    }
    t.log(await stopped);
  });

  test("heartbeats keep an idle client", async (t) => {
    await t.restart({ pingInterval: 300, pingTimeout: 5000 });
    const s = await t.connect();
    let pings = 0;
    s.io.on("ping", () => pings++);
    await sleep(2000);
    t.log(s.connected, pings >= 3, await t.call(s, "echo", 1));
  });

  test("a client that stops answering heartbeats", async (t) => {
    await t.restart({ pingInterval: 200, pingTimeout: 300 });
    const s = await t.connect();
    const id = s.id;
    s.io.engine._sendPacket = () => {}; // no pong
    t.log(await t.reason(id));
  });

  test("a client that never joins a namespace", { transports: ["websocket"] }, async (t) => {
    await t.restart({ connectTimeout: 200 });
    const ws = new (await import("ws")).WebSocket(`${t.server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const messages = [];
    ws.on("message", (m) => messages.push(String(m).replace(/"sid":"[^"]*"/, '"sid":"…"')));
    const [code] = await new Promise((done) => ws.on("close", (...a) => done(a)));
    t.log(messages, code);
  });

  test("the OPEN packet", { transports: ["polling"] }, async (t) => {
    await t.restart({ cors: { origin: "https://app.example" }, cookie: true });
    const get = async (query, init) => {
      const r = await fetch(`${t.server.url}/socket.io/?${query}`, init);
      const hide = (x) => x?.replace(/(sid":"|io=)[^";]*/g, "$1…");
      const header = Object.fromEntries(["access-control-allow-origin", "content-type", "vary", "cache-control", "set-cookie",
        "access-control-allow-methods", "access-control-allow-credentials"].map((k) => [k, hide(r.headers.get(k))]));
      return [r.status, header, hide(await r.text())];
    };
    t.log(await get("EIO=4&transport=polling", { headers: { origin: "https://app.example" } }));
    t.log(await get("EIO=4&transport=polling", { method: "OPTIONS", headers: { origin: "https://app.example", "access-control-request-method": "POST" } }));
    const headers = { origin: "https://app.example" };
    t.log(await get("EIO=4&transport=nothing", { headers }));
    t.log(await get("EIO=4&transport=polling&sid=nobody", { headers }));
    t.log(await get("EIO=9&transport=polling", { headers }));
    t.log(await get("transport=polling", { headers }));
    t.log(await get("EIO=4&transport=polling", { method: "PUT", headers }));
  });
};
