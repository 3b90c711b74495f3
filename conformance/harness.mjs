// What the cases are written with: servers to run them against, and clients that write
// down what they see.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import ioV2 from "socket.io-client-v2";
import { io as ioV3 } from "socket.io-client-v3";

const here = dirname(fileURLToPath(import.meta.url));
const clients = { 4: io, 3: ioV3, 2: ioV2 };

/** patience is how long anything that is expected may take, in ms. */
export const patience = 15000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** within fails when a promise takes too long. */
export function within(promise, what, ms = patience) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what}: nothing within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const running = new Set();
process.on("exit", () => running.forEach((p) => p.kill("SIGKILL")));

/** Server is a server in a process of its own. */
export class Server {
  static async start(kind, options = {}) {
    const command = kind === "node" ? ["node", [join(here, "server.mjs")]] : [process.env.ROOKERY_SERVER, []];
    const s = new Server();
    s.kind = kind;
    s.process = spawn(command[0], command[1], {
      env: { ...process.env, OPTIONS: JSON.stringify(options) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.add(s.process);
    s.exited = once(s.process, "exit").finally(() => running.delete(s.process));
    const lines = createInterface({ input: s.process.stdout });
    const [line] = await within(Promise.race([once(lines, "line"), s.exited.then(() => [""])]), `start of the ${kind} server`);
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (!port) throw new Error(`the ${kind} server did not start: ${line}`);
    s.url = `http://127.0.0.1:${port}`;
    return s;
  }

  /** stop ends the server as an operator would. */
  async stop() {
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), patience);
    const [code] = await this.exited;
    clearTimeout(timer);
    return code;
  }
}

/** Test is one case on one server over one transport. */
export class Test {
  constructor(server, transport) {
    this.server = server;
    this.transport = transport;
    this.transcript = [];
    this.sockets = [];
    this.servers = [];
    this.ids = new Map();
  }

  get transports() {
    return this.transport === "upgrade" ? ["polling", "websocket"] : [this.transport];
  }

  /** log writes down what was seen; it is compared between the servers. */
  log(...values) {
    this.transcript.push(values);
  }

  /** restart gives the case a server of its own, with options. */
  async restart(options) {
    this.server = await Server.start(this.server.kind, options);
    this.servers.push(this.server);
    return this.server;
  }

  /** socket makes a client. Events are kept for next from the start. */
  socket(nsp = "/", options = {}) {
    const { version = 4, url = this.server.url, ...rest } = options;
    const s = clients[version](url + nsp, {
      transports: this.transports,
      forceNew: true,
      reconnection: false,
      ...rest,
    });
    this.sockets.push(s);
    s.inbox = [];
    s.wakes = [];
    const take = (event, ...args) => {
      s.inbox.push({ event, args });
      s.wakes.splice(0).forEach((wake) => wake());
    };
    if (s.onAny) s.onAny(take);
    for (const event of ["connect", "connect_error", "disconnect"]) s.on(event, (...args) => take(event, ...args));
    return s;
  }

  /** connect makes a client and waits until it is connected, and upgraded if it will be. */
  async connect(nsp, options) {
    const s = this.socket(nsp, options);
    await this.connected(s);
    return s;
  }

  async connected(s) {
    const first = await Promise.race([this.next(s, "connect"), this.next(s, "connect_error")]);
    if (!s.connected) throw new Error(`connect: ${first[0]?.message}`);
    this.name(s);
    if (this.transport === "upgrade" && s.io.engine.transport.name !== "websocket") {
      await within(new Promise((done) => s.io.engine.once("upgrade", done)), "upgrade");
    }
  }

  /** name gives a client's id a name that is the same on every server. */
  name(s) {
    this.ids.set(s.id, `<client ${this.sockets.indexOf(s)}>`);
  }

  /** next returns the arguments of the oldest event of that name not returned yet. */
  async next(s, event, ms = patience) {
    const find = () => {
      const i = s.inbox.findIndex((e) => e.event === event);
      return i < 0 ? undefined : s.inbox.splice(i, 1)[0].args;
    };
    const wait = async () => {
      for (;;) {
        const args = find();
        if (args) return args;
        await new Promise((wake) => s.wakes.push(wake));
      }
    };
    return within(wait(), `event ${event}`, ms);
  }

  /** call emits an event and returns the arguments of its ack. */
  call(s, event, ...args) {
    return within(new Promise((done) => s.emit(event, ...args, (...answer) => done(answer))), `ack of ${event}`);
  }

  /** quiet waits until what is under way to s would have come: a round trip. */
  async quiet(s) {
    await this.call(s, "echo");
    return s.inbox.map(({ event, args }) => [event, ...args]);
  }

  /** reason returns why a client left, in the server's words. */
  async reason(id) {
    const observer = await this.connect("/observer");
    const [why] = await this.call(observer, "reason", id);
    return why;
  }

  async end() {
    for (const s of this.sockets) s.disconnect();
    await sleep(30); // so that the next case does not meet them
    for (const s of this.servers) await s.stop();
  }

  /** result is the transcript in a form to compare. */
  result() {
    const plain = (v) => {
      if (v === undefined) return "<undefined>";
      if (typeof v === "bigint") return `${v}n`;
      if (v instanceof Error) return { error: v.message, data: plain(v.data) };
      if (v instanceof ArrayBuffer) v = Buffer.from(v);
      if (ArrayBuffer.isView(v)) {
        const hex = Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString("hex");
        return { binary: hex.length > 64 ? `${hex.slice(0, 64)}… ${hex.length / 2}` : hex };
      }
      if (Array.isArray(v)) return v.map(plain);
      if (v && typeof v === "object") {
        return Object.fromEntries(Object.keys(v).sort().map((k) => [this.ids.get(k) ?? k, plain(v[k])]));
      }
      if (typeof v === "string") return this.ids.get(v) ?? (v.length > 200 ? `${v.slice(0, 200)}… ${v.length}` : v);
      return v;
    };
    return JSON.stringify(plain(this.transcript), null, 1);
  }
}
