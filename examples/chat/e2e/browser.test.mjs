// People chat through the page, in headless Chromium.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import axe from 'axe-core';
import { launch } from './chromium.mjs';
import { Program } from './program.mjs';

const PATIENCE_MS = 10_000;

let browser;
let program;
let contexts = [];
let complaints = []; // what pages wrote to their consoles

before(async () => {
  program = await Program.start();
  browser = await launch();
});

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  const said = complaints;
  complaints = [];
  assert.deepEqual(said, [], 'the page complained');
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

/** Opens the page as somebody who has never been here, and waits until they are in. */
async function enter(name, { room = 'lobby', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error}`));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${name}: ${message.text()}`); });
  await page.goto(`${program.address}#${encodeURIComponent(room)}`);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Start chatting' }).click();
  await online(page, name);
  return page;
}

const online = (page, name) => page.locator('#people li', { hasText: name }).first().waitFor({ state: 'attached' });
const say = async (page, text) => {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
};
const bubble = (page, text) => page.locator('.message', { has: page.getByText(text) });

test('two people talk', async () => {
  const ada = await enter('Ada');
  const grace = await enter('Grace');
  await online(ada, 'Grace');
  await ada.locator('#connection', { hasText: 'Connected websocket' }).waitFor();

  await grace.getByLabel('Message', { exact: true }).pressSequentially('Hel');
  await ada.getByText('Grace is typing…').waitFor();
  assert.equal(await grace.locator('#typing').textContent(), '', 'nobody is told that they themselves type');

  await say(grace, 'Hello Ada');
  await bubble(ada, 'Hello Ada').waitFor();
  await bubble(grace, 'Hello Ada').waitFor();
  assert.match(await bubble(ada, 'Hello Ada').getAttribute('class'), /theirs/);
  assert.match(await bubble(grace, 'Hello Ada').getAttribute('class'), /mine/);
  assert.match(await bubble(ada, 'Hello Ada').textContent(), /Grace.*\d\d:\d\d/s);
  assert.equal(await ada.locator('#typing').textContent(), '', 'who has spoken types no more');

  await bubble(ada, 'Hello Ada').hover();
  await ada.getByRole('button', { name: 'Reply to Grace' }).click();
  await say(ada, 'Hello yourself');
  await bubble(grace, 'Hello yourself').locator('.quote', { hasText: 'Hello Ada' }).waitFor();

  await grace.close();
  await ada.getByText('Grace left').waitFor();
  assert.equal(await ada.locator('#people li').count(), 1);
});

test('what people write is text, whatever it looks like', async () => {
  const ada = await enter('<i>Ada</i>', { room: 'html' });
  const grace = await enter('Grace', { room: 'html' });
  const evil = '<img src=x onerror="document.title=1"><b>bold</b> http://example.org/?a=1&b=2';
  await say(ada, evil);
  await bubble(grace, '<b>bold</b>').waitFor();
  for (const page of [ada, grace]) {
    assert.equal(await page.locator('#messages img, #messages b, #people i, #messages i').count(), 0);
    assert.equal(await page.locator('.bubble a').getAttribute('href'), 'http://example.org/?a=1&b=2');
    assert.notEqual(await page.title(), '1');
  }
});

test('a refused message is explained and not lost', async () => {
  const ada = await enter('Ada', { room: 'long' });
  await say(ada, 'x'.repeat(2001));
  await ada.getByRole('alert').getByText('Text must be shorter than or equal to 2000 characters.').waitFor();
  assert.equal((await ada.locator('#text').inputValue()).length, 2001);
  assert.equal(await ada.locator('.message').count(), 0);

  await say(ada, 'Shorter');
  await bubble(ada, 'Shorter').waitFor();
  await ada.locator('#trouble').waitFor({ state: 'hidden' });
});

test('rooms are apart, and unread messages are counted', async () => {
  const ada = await enter('Ada', { room: 'one' });
  const grace = await enter('Grace', { room: 'one' });
  await ada.getByLabel('Name of a room to join').fill('two');
  await ada.keyboard.press('Enter');
  await ada.getByRole('heading', { name: '# two' }).waitFor();
  await ada.getByText('Only you are here').waitFor();

  await say(grace, 'Anybody here?');
  await ada.getByLabel('1 unread').first().waitFor();
  assert.match(await ada.title(), /^\(1\) #two/);
  assert.equal(await bubble(ada, 'Anybody here?').count(), 0);

  await ada.getByRole('button', { name: 'one', exact: false }).first().click();
  await bubble(ada, 'Anybody here?').waitFor();
  assert.equal(await ada.getByLabel('1 unread').count(), 0);

  await ada.getByRole('button', { name: 'Leave this room' }).click();
  await grace.getByText('Ada left').waitFor();
});

test('who comes later reads what was said, and a reload keeps name and rooms', async () => {
  const ada = await enter('Ada', { room: 'late' });
  await say(ada, 'Long ago');
  await bubble(ada, 'Long ago').waitFor();
  const grace = await enter('Grace', { room: 'late' });
  await bubble(grace, 'Long ago').waitFor();

  await ada.reload();
  await bubble(ada, 'Long ago').waitFor();
  assert.match(await bubble(ada, 'Long ago').getAttribute('class'), /mine/);
  assert.equal(await ada.locator('#me-name').textContent(), 'Ada');
});

test('a new name reaches the others', async () => {
  const ada = await enter('Ada', { room: 'names' });
  const grace = await enter('Grace', { room: 'names' });
  await ada.getByRole('button', { name: 'Change your name' }).click();
  await ada.getByLabel('Your name').fill('Countess');
  await ada.keyboard.press('Enter');
  await online(grace, 'Countess');
  await grace.locator('#people li', { hasText: 'Ada' }).waitFor({ state: 'detached' });
});

test('it fits a phone', async () => {
  const ada = await enter('Ada', { room: 'phone', viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true });
  await say(ada, `A word without an end: ${'w'.repeat(300)}`);
  await ada.locator('.message').waitFor();
  const [content, screen] = await ada.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `the page is ${content} px wide on a screen of ${screen}`);

  assert.equal(await ada.getByRole('heading', { name: 'Rooms' }).isVisible(), false);
  await ada.getByRole('button', { name: 'Show rooms and people' }).click();
  await ada.getByRole('heading', { name: 'Rooms' }).waitFor();
  await ada.keyboard.press('Escape');
  await ada.getByRole('heading', { name: 'Rooms' }).waitFor({ state: 'hidden' });
});

for (const colorScheme of ['light', 'dark']) {
  test(`it is accessible, ${colorScheme} as well`, async () => {
    const ada = await enter('Ada', { room: `open to all, ${colorScheme}`, colorScheme, bypassCSP: true });
    await say(ada, 'See https://example.org/');
    await ada.getByRole('button', { name: 'Reply to yourself' }).focus();
    await ada.keyboard.press('Enter');
    await say(ada, 'x'.repeat(2001));
    await ada.getByRole('alert').getByText('2000 characters').waitFor();
    await ada.addScriptTag({ content: axe.source });
    const { violations } = await ada.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`), []);
  });
}

test('after the server was away, everybody is back in their rooms', async () => {
  const ada = await enter('Ada', { room: 'tunnel' });
  const grace = await enter('Grace', { room: 'tunnel' });
  assert.equal(await program.stop(), 0);
  await ada.locator('#connection', { hasText: 'Reconnecting…' }).waitFor();
  assert.equal(await ada.getByRole('button', { name: 'Send' }).isDisabled(), true);

  program = await Program.start(program.port);
  for (const page of [ada, grace]) {
    await page.locator('#connection', { hasText: 'Connected' }).waitFor();
    await online(page, 'Ada');
    await online(page, 'Grace');
  }
  await say(ada, 'Here we are again');
  await bubble(grace, 'Here we are again').waitFor();
  // Browsers log each failed attempt to connect; that is what this test is about.
  complaints = complaints.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection|503/.test(text));
});
