// The program and the page of README.md, as a newcomer copies them.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch } from './chromium.mjs';

const root = join(import.meta.dirname, '../../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const fenced = (language) => readme.match(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms'))[1];

const installed = join(import.meta.dirname, '../node_modules/socket.io-client');
const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

test('two tabs talk through the page of README.md', async (t) => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'rookery-readme-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'main.go'), fenced('go').replaceAll('3000', port));
  writeFileSync(join(folder, 'index.html'), fenced('html'));
  writeFileSync(join(folder, 'go.mod'), `module chat\n\ngo 1.25.0\n\nrequire github.com/rookery-go/rookery v0.0.0\n\nreplace github.com/rookery-go/rookery => ${root}\n`);
  copyFileSync(join(root, 'go.sum'), join(folder, 'go.sum'));
  execFileSync('go', ['build', '-mod=mod', '-o', 'chat', '.'], { cwd: folder, env: { ...process.env, GOWORK: 'off' }, stdio: 'inherit' });

  const program = spawn(join(folder, 'chat'), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => program.kill());
  await once(program.stdout, 'data');

  const browser = await launch();
  t.after(() => browser.close());
  const context = await browser.newContext();
  context.setDefaultTimeout(10_000);
  // The tests need no network: what the page loads is what npm has installed.
  await context.route(`https://cdn.jsdelivr.net/npm/socket.io-client@${version}/dist/*`, (route) =>
    route.fulfill({ path: join(installed, 'dist', new URL(route.request().url()).pathname.split('/').at(-1)) }));

  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) {
    await tab.goto(`http://localhost:${port}/`);
    await tab.getByText('welcome to lobby').waitFor();
  }
  await tabs[0].getByPlaceholder('Message').fill('Hello <b>there</b>');
  await tabs[0].getByRole('button', { name: 'Send' }).click();
  for (const tab of tabs) await tab.getByText('Hello <b>there</b>').waitFor();

  await tabs[0].getByRole('button', { name: 'Send' }).click(); // an empty message
  await tabs[0].getByText('text should not be empty').waitFor();
  assert.equal(await tabs[1].getByText('text should not be empty').count(), 0);
});
