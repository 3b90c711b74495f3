const b = (...bytes) => Buffer.from(bytes);

const shapes = {
  "alone": [b(1, 2, 3)],
  "empty": [b()],
  "first of several": [b(1), "x", 2],
  "last of several": ["x", { y: 1 }, b(2)],
  "several": [b(1), b(2), b(3)],
  "in an object": [{ a: b(1), c: "x" }],
  "in an array": [[b(1), "x", b(2)]],
  "deep": [{ a: [{ b: { c: [b(1)] } }] }, { d: b(2) }],
  "the same twice": ((x) => [x, { again: x }])(b(5)),
  "beside null and undefined": [null, b(1), undefined, { n: null, b: b(2) }],
  "typed arrays": [new Uint8Array([1, 2]), new Uint16Array([258]), new Float64Array([1.5]).buffer],
  "a part of a buffer": [Buffer.from("abcdef").subarray(2, 4)],
  "ten parts": [Array.from({ length: 10 }, (_, i) => b(i))],
};

export default (test) => {
  for (const [name, args] of Object.entries(shapes)) {
    test(`${name}, acked and sent back`, async (t) => {
      const s = await t.connect();
      t.log(await t.call(s, "echo", ...args));
      s.emit("back", ...args);
      t.log(await t.next(s, "back"));
    });
  }

  test("made by the server", async (t) => {
    t.log(await t.call(await t.connect(), "binary"));
  });

  test("every byte", async (t) => {
    const s = await t.connect();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const [back] = await t.call(s, "echo", all);
    t.log(Buffer.compare(Buffer.from(back), all));
  });

  test("between texts, in order", async (t) => {
    const s = await t.connect();
    for (let i = 0; i < 50; i++) s.emit("back", i % 2 ? b(i) : i);
    for (let i = 0; i < 50; i++) t.log(await t.next(s, "back"));
  });

  for (const size of [1000, 65535, 65536, 70000, 500000, 900000]) {
    test(`${size} bytes both ways`, async (t) => {
      const s = await t.connect();
      const big = Buffer.alloc(size, (i) => i);
      for (let i = 0; i < size; i++) big[i] = i * 7;
      const [back] = await t.call(s, "echo", t.transport === "polling" && size > 700000 ? big.subarray(0, 700000) : big);
      t.log(back.byteLength, Buffer.compare(Buffer.from(back), big.subarray(0, back.byteLength)));
    });
  }

  test("many large ones", async (t) => {
    const s = await t.connect();
    const sizes = await Promise.all(Array.from({ length: 8 }, (_, i) => t.call(s, "echo", Buffer.alloc(60000, i))));
    t.log(sizes.map(([x]) => [x.byteLength, Buffer.from(x)[0], Buffer.from(x)[59999]]));
  });
};
