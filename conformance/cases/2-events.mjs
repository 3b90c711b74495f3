const values = {
  "a string": "text",
  "an empty string": "",
  "Unicode": "héllo wörld € 日本語 🎉 \u0000 \u2028 \ud83d",
  "escapes": "\"\\/\b\f\n\r\t<>&'",
  "an integer": 42,
  "zero": 0,
  "negative and fractions": [-1, 1.5, -0.001, 1e21, 1e-7, 123456789012345],
  "booleans": [true, false],
  "null": null,
  "undefined": undefined,
  "an empty object": {},
  "an empty array": [],
  "nesting": { a: { b: [{ c: { d: [[[1]]] } }] }, "key with \"quotes\"": "ü" },
  "a Date": new Date(0),
  "deep nesting": Array.from({ length: 50 }).reduce((inner) => [inner], "deep"),
  "placeholders made by hand": { _placeholder: false, num: 0 },
  "strange keys": { __proto: 1, constructor: "x", "": "empty", "1": "one" },
};

export default (test) => {
  for (const [name, value] of Object.entries(values)) {
    test(`${name}, acked and sent back`, async (t) => {
      const s = await t.connect();
      t.log(await t.call(s, "echo", value));
      s.emit("back", value);
      t.log(await t.next(s, "back"));
    });
  }

  test("no argument", async (t) => {
    const s = await t.connect();
    s.emit("back");
    t.log(await t.next(s, "back"), await t.call(s, "echo"));
  });

  test("many arguments", async (t) => {
    const s = await t.connect();
    t.log(await t.call(s, "echo", 1, "two", { three: 3 }, null, [5], true));
    s.emit("back", ...Array.from({ length: 100 }, (_, i) => i));
    t.log(await t.next(s, "back"));
  });

  test("numbers as event names", async (t) => {
    const s = await t.connect();
    s.emit("send", { rooms: [s.id] }, "42", 1);
    t.log(await t.next(s, "42"));
  });

  test("strange event names", async (t) => {
    const s = await t.connect();
    for (const event of ["", "with space", "ünï", "\"quoted\"", "a,b", "exception", "error", "message", "ping", "__proto__"]) {
      s.emit("send", { rooms: [s.id] }, event, 1);
      t.log(event, await t.next(s, event));
    }
  });

  test("an event nobody handles changes nothing", async (t) => {
    const s = await t.connect();
    s.emit("nobody", 1, Buffer.from([1]));
    t.log(await t.call(s, "echo", "alive"));
  });

  test("acks that never come", async (t) => {
    const s = await t.connect();
    const err = await new Promise((done) => s.timeout(100).emit("ignore", done));
    t.log(err.message, await t.call(s, "echo", 1));
  });

  test("emitWithAck", async (t) => {
    const s = await t.connect();
    t.log(await s.timeout(5000).emitWithAck("echo", "x"));
  });

  test("many acks under way at once", async (t) => {
    const s = await t.connect();
    t.log(await Promise.all(Array.from({ length: 200 }, (_, i) => t.call(s, "echo", i))));
  });

  test("the server asks the client", async (t) => {
    const s = await t.connect();
    s.on("question", (...args) => args.pop()(`answer to ${JSON.stringify(args)}`));
    t.log(await t.call(s, "ask", 5000, "a", 1, { b: 2 }));
  });

  test("the server asks and gets binary", async (t) => {
    const s = await t.connect();
    s.on("question", (arg, ack) => ack({ got: arg, more: Buffer.from([9]) }));
    t.log(await t.call(s, "ask", 5000, Buffer.from([1, 2])));
  });

  test("the server asks and gets no argument", async (t) => {
    const s = await t.connect();
    s.on("question", (ack) => ack());
    t.log(await t.call(s, "ask", 5000));
  });

  test("the server asks in vain", async (t) => {
    const s = await t.connect();
    s.on("question", () => {});
    t.log(await t.call(s, "ask", 100));
  });

  test("the server asks while the client asks", async (t) => {
    const s = await t.connect();
    s.on("question", async (n, ack) => ack(await s.emitWithAck("echo", n)));
    t.log(await Promise.all(Array.from({ length: 20 }, (_, i) => t.call(s, "ask", 5000, i))));
  });

  test("an ack answered twice", async (t) => {
    const s = await t.connect();
    s.on("question", (ack) => {
      ack(1);
      ack(2);
    });
    t.log(await t.call(s, "ask", 5000), await t.call(s, "echo", "alive"));
  });

  test("volatile from the client", async (t) => {
    const s = await t.connect();
    await t.call(s, "echo");
    await new Promise((done) => setTimeout(done, 200)); // no POST is under way
    s.volatile.emit("back", "v");
    t.log(await t.next(s, "back"));
  });

  test("volatile from the server reaches an idle client", async (t) => {
    const s = await t.connect();
    await t.call(s, "echo");
    await new Promise((done) => setTimeout(done, 200)); // a poll is open again
    const other = await t.connect();
    other.emit("send", { rooms: [s.id], volatile: true }, "v", 1);
    t.log(await t.next(s, "v"));
  });

  test("uncompressed and local", async (t) => {
    const s = await t.connect();
    s.emit("send", { rooms: [s.id], compress: false, local: true }, "x", 1);
    t.log(await t.next(s, "x"));
  });
};
