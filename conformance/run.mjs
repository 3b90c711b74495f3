// Runs every case against the Node.js server and against Rookery, over every transport,
// and compares what the clients saw.
//
//   ROOKERY_SERVER=path/to/server node run.mjs [part of a case's name]
//
// COMPARE=node runs the reference against itself: what differs then is the case's fault.
import { readdir } from "node:fs/promises";
import { Server, Test, within } from "./harness.mjs";

const [filter = ""] = process.argv.slice(2);
const other = process.env.COMPARE || "rookery";
if (other === "rookery" && !process.env.ROOKERY_SERVER) {
  console.error("set ROOKERY_SERVER to the program built from ./server, or COMPARE=node");
  process.exit(2);
}
const caseTimeout = 60000;
const atOnce = 6;

// A case that has failed leaves promises behind that nobody waits for.
process.on("unhandledRejection", () => {});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const cases = [];
for (const file of (await readdir(new URL("cases/", import.meta.url))).sort()) {
  const { default: define } = await import(`./cases/${file}`);
  define((name, options, run) => {
    if (!run) [options, run] = [{}, options];
    cases.push({ name: `${file.replace(".mjs", "")}: ${name}`, transports: ["polling", "websocket", "upgrade"], run, ...options });
  });
}

async function attempt(server, c, transport) {
  const t = new Test(server, transport);
  try {
    await within(c.run(t), "the case", caseTimeout);
    if (t.transcript.length === 0) throw new Error("the case saw nothing: it could not fail");
    return { seen: t.result() };
  } catch (err) {
    return { seen: t.result(), failed: err.stack };
  } finally {
    await t.end();
  }
}

function difference(a, b) {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const i = left.findIndex((line, n) => line !== right[n]);
  const at = i < 0 ? left.length : i;
  return `  node:  ${left.slice(at, at + 6).join(" ")}\n  other: ${right.slice(at, at + 6).join(" ")}`;
}

const jobs = cases
  .filter((c) => c.name.includes(filter))
  .flatMap((c) => c.transports.map((transport) => ({ c, transport })));
let passed = 0;
const failures = [];

// Each worker has servers of its own, so that cases never meet in a room.
async function worker() {
  const servers = await Promise.all([Server.start("node"), Server.start(other)]);
  for (let job; (job = jobs.shift()); ) {
    const { c, transport } = job;
    const [node, ours] = await Promise.all(servers.map((s) => attempt(s, c, transport)));
    const name = `${c.name} (${transport})`;
    if (node.failed || ours.failed) {
      failures.push(`${name}\n  node:  ${node.failed ?? "ok"}\n  other: ${ours.failed ?? "ok"}`);
    } else if (node.seen !== ours.seen) {
      failures.push(`${name}\n${difference(node.seen, ours.seen)}`);
    } else {
      passed++;
    }
  }
  for (const s of servers) await s.stop();
}

await Promise.all(Array.from({ length: atOnce }, worker));
for (const f of failures) console.log(`unequal: ${f}\n`);
console.log(`${cases.length} cases; ${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
