/** three clients in rooms: 0 in x, 1 in x and y, 2 in y. */
async function three(t, nsp) {
  const all = [await t.connect(nsp), await t.connect(nsp), await t.connect(nsp)];
  await t.call(all[0], "join", "x");
  await t.call(all[1], "join", ["x", "y"]);
  await t.call(all[2], "join", "y");
  return all;
}

async function seen(t, all) {
  const lists = [];
  for (const s of all) lists.push(await t.quiet(s));
  for (const s of all) s.inbox.length = 0;
  return lists;
}

const targets = {
  "a room": { rooms: ["x"] },
  "two rooms, each client once": { rooms: ["x", "y"] },
  "all but a room": { except: ["y"] },
  "a room but another": { rooms: ["x"], except: ["y"] },
  "an empty room": { rooms: ["nobody"] },
  "the others in a room": { rooms: ["x"], from: "socket" },
  "the others in two rooms": { rooms: ["x", "y"], from: "socket" },
  "the others but a room": { except: ["y"], from: "socket" },
  "locally": { rooms: ["y"], local: true },
};

export default (test) => {
  test("rooms joined and left", async (t) => {
    const s = await t.connect();
    t.log(await t.call(s, "rooms"));
    await t.call(s, "join", ["b", "a", "ü"]);
    await t.call(s, "join", "a");
    t.log(await t.call(s, "rooms"));
    await t.call(s, "leave", "a");
    await t.call(s, "leave", "never");
    t.log(await t.call(s, "rooms"));
  });

  for (const [name, to] of Object.entries(targets)) {
    test(`to ${name}`, async (t) => {
      const all = await three(t, "/chat");
      await t.call(all[0], "send", { ...to, rooms: to.rooms?.map((r) => r) }, "ev", 1, { a: Buffer.from([1]) });
      t.log(await seen(t, all));
    });
  }

  test("to a client by its id", async (t) => {
    const all = await three(t);
    await t.call(all[0], "send", { rooms: [all[2].id] }, "ev", "you");
    await t.call(all[0], "send", { rooms: ["x"], except: [all[1].id] }, "ev", "not you");
    t.log(await seen(t, all));
  });

  test("to everyone in a namespace and nobody beyond", async (t) => {
    await t.restart();
    const all = await three(t, "/a/b");
    const outside = await t.connect("/");
    await t.call(all[0], "send", {}, "ev", 1);
    await t.call(all[0], "send", { from: "socket" }, "others", 2);
    t.log(await seen(t, [...all, outside]));
  });

  test("a room is of its namespace", async (t) => {
    const [a, b] = [await t.connect("/"), await t.connect("/chat")];
    await t.call(a, "join", "same");
    await t.call(b, "join", "same");
    await t.call(a, "send", { rooms: ["same"] }, "ev", 1);
    t.log(await seen(t, [a, b]));
  });

  test("a client that left gets nothing", async (t) => {
    const all = await three(t);
    await t.call(all[1], "leave", "x");
    await t.call(all[0], "send", { rooms: ["x"] }, "ev", 1);
    t.log(await seen(t, all));
  });

  test("everybody answers a broadcast", async (t) => {
    const all = await three(t);
    all.forEach((s, i) => s.on("question", (arg, ack) => ack(`${i}:${arg}`)));
    t.log(await t.call(all[0], "askAll", { rooms: ["x", "y"] }, 5000, "q"));
  });

  test("one does not answer a broadcast", async (t) => {
    const all = await three(t);
    all.slice(1).forEach((s, i) => s.on("question", (ack) => ack(i)));
    t.log(await t.call(all[0], "askAll", { rooms: ["x", "y"] }, 300));
  });

  test("nobody is there to answer a broadcast", async (t) => {
    const s = await t.connect();
    t.log(await t.call(s, "askAll", { rooms: ["nobody"] }, 200));
  });

  test("answers hold binary", async (t) => {
    const all = await three(t);
    all.forEach((s) => s.on("question", (arg, ack) => ack(arg)));
    t.log(await t.call(all[0], "askAll", { rooms: ["x"] }, 5000, Buffer.from([1, 2])));
  });

  test("fetchSockets", async (t) => {
    const all = await three(t);
    await t.call(all[1], "data", { name: "one", n: 1 });
    const byId = ([list]) => list.map((s) => ({ ...s, id: t.ids.get(s.id) })).sort((a, b) => (a.id < b.id ? -1 : 1));
    t.log(byId(await t.call(all[0], "fetch", { rooms: ["x"] })));
    t.log(byId(await t.call(all[0], "fetch", { rooms: ["x", "y"], except: ["x"] })));
    t.log(byId(await t.call(all[0], "fetch", { rooms: ["nobody"] })));
  });

  test("socketsJoin and socketsLeave", async (t) => {
    const all = await three(t);
    await t.call(all[0], "socketsJoin", { rooms: ["x"] }, ["z1", "z2"]);
    for (const s of all) t.log(await t.call(s, "rooms"));
    await t.call(all[0], "socketsLeave", { rooms: ["y"] }, "z1");
    for (const s of all) t.log(await t.call(s, "rooms"));
  });

  test("disconnectSockets", async (t) => {
    const all = await three(t);
    all[0].emit("disconnectSockets", { rooms: ["y"] }, false);
    t.log(await t.next(all[1], "disconnect"), await t.next(all[2], "disconnect"), await t.call(all[0], "echo", 1));
  });

  test("disconnectSockets with their transports", async (t) => {
    const all = await three(t);
    all[0].emit("disconnectSockets", { rooms: ["y"] }, true);
    t.log((await t.next(all[1], "disconnect"))[0], (await t.next(all[2], "disconnect"))[0], await t.call(all[0], "echo", 1));
  });

  test("a hundred clients in a room", async (t) => {
    const all = await Promise.all(Array.from({ length: 100 }, () => t.connect("/chat")));
    await Promise.all(all.map((s) => t.call(s, "join", "crowd")));
    await t.call(all[0], "send", { rooms: ["crowd"] }, "ev", "hi", Buffer.from([1]));
    t.log(await Promise.all(all.map((s) => t.next(s, "ev"))));
  });
};
