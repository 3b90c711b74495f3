const inOrder = (list) => list.every((n, i) => n === i);

export default (test) => {
  test("10,000 messages to the server", async (t) => {
    const s = await t.connect();
    for (let i = 0; i < 10000; i++) s.emit("collect", i);
    const [got] = await t.call(s, "collected");
    t.log(got.length, inOrder(got));
  });

  test("10,000 messages to the client", async (t) => {
    const s = await t.connect();
    const got = [];
    s.on("n", (n) => got.push(n));
    await t.call(s, "mine", 10000);
    t.log(got.length, inOrder(got));
  });

  test("1,000 room broadcasts in a burst", async (t) => {
    const all = await Promise.all([0, 1, 2].map(() => t.connect()));
    const got = all.map((s) => {
      const list = [];
      s.on("n", (n) => list.push(n));
      return list;
    });
    for (const s of all) await t.call(s, "join", "burst");
    await t.call(all[0], "burst", { rooms: ["burst"] }, 1000);
    for (const s of all) await t.quiet(s);
    t.log(got.map((list) => [list.length, inOrder(list)]));
  });

  test("broadcasts and own messages keep one order", async (t) => {
    const s = await t.connect();
    await t.call(s, "join", "own");
    for (let i = 0; i < 100; i++) {
      if (i % 2) s.emit("send", { rooms: ["own"] }, "x", i);
      else s.emit("back", i);
    }
    const seen = (await t.quiet(s)).filter(([event]) => event === "x" || event === "back");
    t.log(seen);
  });

  test("order holds across the upgrade, both ways", { transports: ["upgrade"] }, async (t) => {
    const all = Array.from({ length: 8 }, () => t.socket());
    const results = await Promise.all(all.map(async (s) => {
      const got = [];
      s.on("back", (n) => got.push(n));
      let n = 0;
      let upgraded = false;
      s.io.engine.on("upgrade", () => (upgraded = true));
      await t.next(s, "connect");
      while (!upgraded || n < 200) {
        s.emit("collect", n);
        s.emit("back", n++);
        await new Promise((done) => setTimeout(done, 1));
      }
      const [collected] = await t.call(s, "collected");
      return [collected.length === n, inOrder(collected), got.length === n, inOrder(got)];
    }));
    t.log(results);
  });

  test("large and small messages keep their order", async (t) => {
    const s = await t.connect();
    const sizes = [1, 100000, 2, 300000, 3, 50000, 4];
    for (const n of sizes) s.emit("back", "x".repeat(n));
    for (const _ of sizes) t.log((await t.next(s, "back"))[0].length);
  });

  for (const size of [64 * 1024, 70000, 500000, 990000]) {
    test(`a text of ${size} bytes both ways`, async (t) => {
      const s = await t.connect();
      const text = "ab€".repeat(size / 5);
      const [back] = await t.call(s, "echo", text);
      t.log(back.length, back === text);
    });
  }

  test("a message above the limit closes the connection", async (t) => {
    const s = await t.connect();
    const id = s.id;
    s.emit("size", "x".repeat(2e6), () => {});
    const [why] = await t.next(s, "disconnect");
    t.log(why, await t.reason(id));
  });

  test("a raised limit", async (t) => {
    await t.restart({ maxHttpBufferSize: 3e6 });
    const s = await t.connect();
    t.log(await t.call(s, "size", "x".repeat(2e6)));
  });

  test("messages with compression", async (t) => {
    await t.restart({ perMessageDeflate: { threshold: 100 }, httpCompression: { threshold: 100 } });
    const s = await t.connect();
    for (const text of ["short", "long ".repeat(1000), "ü€".repeat(500)]) t.log(await t.call(s, "echo", text));
    t.log(await t.call(s, "echo", Buffer.alloc(5000, 1), { b: Buffer.from("x") }));
    await t.call(s, "join", "z");
    await t.call(s, "send", { rooms: ["z"], compress: false }, "plain", "long ".repeat(100));
    await t.call(s, "send", { rooms: ["z"] }, "packed", "long ".repeat(100));
    t.log(await t.next(s, "plain"), await t.next(s, "packed"));
  });
};
