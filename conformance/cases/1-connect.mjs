export default (test) => {
  test("connects and has an id", async (t) => {
    const s = await t.connect();
    t.log(s.connected, s.id.length, /^[\w-]+$/.test(s.id), s.recovered);
  });

  test("the transport in use", async (t) => {
    const s = await t.connect();
    t.log(s.io.engine.transport.name);
  });

  test("auth, query and headers arrive", async (t) => {
    const s = await t.connect("/", { auth: { token: "x", n: 1, ünï: "ö" }, query: { a: "b c&d" }, extraHeaders: { "x-test": "yes" } });
    t.log(await t.call(s, "handshake"));
  });

  test("auth as a function", async (t) => {
    const s = await t.connect("/", { auth: (cb) => cb({ late: true }) });
    t.log(await t.call(s, "handshake"));
  });

  test("no auth is an empty object", async (t) => {
    t.log(await t.call(await t.connect(), "handshake"));
  });

  test("refused by middleware", async (t) => {
    const s = t.socket("/auth");
    const [err] = await t.next(s, "connect_error");
    t.log(err.message, err.data, s.connected, s.active);
  });

  test("refused with data", async (t) => {
    const s = t.socket("/auth", { auth: { token: "bad" } });
    const [err] = await t.next(s, "connect_error");
    t.log(err.message, err.data, s.connected, s.active);
  });

  test("let in by middleware", async (t) => {
    const s = await t.connect("/auth", { auth: { token: "good" } });
    t.log(await t.call(s, "echo", 1));
  });

  test("refused, then let in on the same connection", async (t) => {
    const s = t.socket("/auth", { auth: {} });
    const [err] = await t.next(s, "connect_error");
    s.auth.token = "good";
    s.connect();
    await t.connected(s);
    t.log(err.message, s.connected, await t.call(s, "echo", "in"));
  });

  test("unknown namespace", async (t) => {
    const s = t.socket("/nowhere");
    const [err] = await t.next(s, "connect_error");
    t.log(err.message, err.data, s.active);
  });

  test("unknown namespace beside a known one", async (t) => {
    const s = await t.connect("/");
    const bad = s.io.socket("/nowhere");
    const err = await new Promise((done) => bad.on("connect_error", done));
    t.log(err.message, s.connected, await t.call(s, "echo", 1));
  });

  test("nested and non-ASCII namespaces", async (t) => {
    for (const nsp of ["/a/b", "/ünï"]) t.log(nsp, await t.call(await t.connect(nsp), "echo", nsp));
  });

  test("several namespaces on one connection", async (t) => {
    const s = await t.connect("/");
    const all = ["/chat", "/a/b", "/hello"].map((nsp) => s.io.socket(nsp));
    await Promise.all(all.map((n) => new Promise((done) => n.on("connect", done))));
    t.log(new Set([s.id, ...all.map((n) => n.id)]).size);
    for (const n of all) t.log(await t.call(n, "echo", n.nsp));
    t.log(await t.call(s, "echo", "root"));
  });

  test("one namespace left, the others stay", async (t) => {
    const s = await t.connect("/");
    const chat = s.io.socket("/chat");
    await new Promise((done) => chat.on("connect", done));
    chat.disconnect();
    t.log(chat.connected, s.connected, await t.call(s, "echo", 1));
    chat.connect();
    await new Promise((done) => chat.on("connect", done));
    t.log(await t.call(chat, "echo", 2));
  });

  test("a namespace that takes its time", async (t) => {
    const s = await t.connect("/late");
    t.log(await t.call(s, "echo", "late"));
  });

  test("events emitted before the connection are sent after it", async (t) => {
    const s = t.socket("/late");
    const answers = Promise.all([1, 2, 3].map((n) => t.call(s, "echo", n)));
    await t.connected(s);
    t.log(await answers);
  });

  test("events sent by the server at once are not lost", async (t) => {
    const s = await t.connect("/hello");
    t.log(await t.next(s, "hello"), await t.next(s, "hello"), await t.call(s, "rooms"));
  });

  test("no first event is lost at 32 connects at once", async (t) => {
    const all = Array.from({ length: 32 }, () => t.socket("/hello"));
    t.log(await Promise.all(all.map(async (s) => {
      await t.connected(s);
      const hello = [await t.next(s, "hello"), await t.next(s, "hello")];
      return [hello, await t.call(s, "echo", 1)];
    })));
  });

  test("a connection opened again has another id", async (t) => {
    const s = await t.connect();
    const before = s.id;
    s.disconnect();
    await t.next(s, "disconnect");
    s.connect();
    await t.connected(s);
    t.log(s.id !== before, await t.call(s, "echo", 1));
  });

  test("custom path", async (t) => {
    await t.restart({ path: "/custom/path" });
    const s = await t.connect("/", { path: "/custom/path" });
    t.log(await t.call(s, "echo", 1));
  });

  test("a transport that the server does not offer", { transports: ["polling"] }, async (t) => {
    await t.restart({ transports: ["websocket"] });
    const [err] = await t.next(t.socket(), "connect_error");
    t.log(err.message, err.description, err.context?.responseText);
  });

  test("no upgrade where the server forbids it", { transports: ["upgrade"] }, async (t) => {
    await t.restart({ allowUpgrades: false });
    const s = t.socket();
    await t.next(s, "connect");
    t.log(await t.call(s, "echo", 1), s.io.engine.transport.name, s.io.engine.upgrades ?? null);
  });

  test("clients of version 3", async (t) => {
    const s = await t.connect("/chat", { version: 3, auth: { token: 3 } });
    t.log(await t.call(s, "echo", 1, Buffer.from([1]), { a: [Buffer.from("x")] }), await t.call(s, "handshake"));
  });

  test("clients of version 2 are refused by default", { transports: ["polling"] }, async (t) => {
    const s = t.socket("/", { version: 2 });
    const [err] = await t.next(s, "connect_error");
    t.log(String(err.message ?? err), err.description);
  });

  for (const nsp of ["/", "/chat"]) {
    test(`clients of version 2 in ${nsp}`, async (t) => {
      await t.restart({ allowEIO3: true });
      const s = t.socket(nsp, { version: 2, query: { a: "q" } });
      await t.next(s, "connect");
      s.on("back", (...args) => t.log("back", args));
      t.log(await t.call(s, "echo", 1, "ü", Buffer.from([1, 2]), { a: [Buffer.from("x")] }));
      t.log((await t.call(s, "handshake"))[0].query);
      s.emit("back", { x: Buffer.from("y") }, "€");
      t.log(await t.call(s, "binary"), await t.call(s, "echo", "x".repeat(100000)));
      s.emit("kick", false);
      t.log(await t.next(s, "disconnect"));
    });
  }

  test("clients of version 2 are refused by middleware", async (t) => {
    await t.restart({ allowEIO3: true });
    const s = t.socket("/auth", { version: 2 });
    t.log(await new Promise((done) => s.on("error", done)));
  });

  test("clients of version 2 keep the order", async (t) => {
    await t.restart({ allowEIO3: true });
    const s = t.socket("/", { version: 2 });
    await t.next(s, "connect");
    const got = [];
    s.on("n", (n) => got.push(n));
    for (let i = 0; i < 500; i++) s.emit("collect", i);
    await t.call(s, "mine", 500);
    t.log(got.length, got.every((n, i) => n === i), await t.call(s, "collected"));
  });
};
