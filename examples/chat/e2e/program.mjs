// The chat program under test: built once, started on a free port, stopped by a signal.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = mkdtempSync(join(tmpdir(), 'rookery-chat-'));
const binary = join(folder, 'chat');
execFileSync('go', ['build', '-o', binary, '.'], { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' });
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export class Program {
  /** Starts the program and waits until it has printed its address. */
  static async start(port = 0) {
    const program = new Program();
    // From a folder of no meaning: the program must find its client from anywhere.
    program.process = spawn(binary, { cwd: folder, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
    program.exited = new Promise((resolve) => program.process.once('exit', (code, signal) => resolve(code ?? signal)));
    program.lines = [];
    const output = createInterface(program.process.stdout);
    output.on('line', (line) => program.lines.push(line));
    await Promise.race([
      new Promise((resolve) => output.once('line', resolve)),
      program.exited.then((code) => { throw new Error(`the program ended at once: ${code}`); }),
    ]);
    program.address = program.lines[0].match(/http:\/\/\S+/)[0];
    program.port = Number(new URL(program.address).port);
    return program;
  }

  /** Asks the program to stop and resolves to its exit code. */
  stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    return this.exited;
  }
}
