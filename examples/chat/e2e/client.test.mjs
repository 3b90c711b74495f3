// The events of the chat as a stock client sees them, over each transport.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { io } from 'socket.io-client';
import { Program } from './program.mjs';

const PATIENCE_MS = 5000;

let program;
let sockets = [];

before(async () => { program = await Program.start(); });
after(() => program.stop());
afterEach(() => {
  sockets.forEach((socket) => socket.disconnect());
  sockets = [];
});

async function connect(options = {}) {
  const socket = io(`${program.address}/chat`, { forceNew: true, reconnection: false, ...options });
  sockets.push(socket);
  await next(socket, 'connect');
  return socket;
}

/** Resolves to the first argument of the next event of that name. */
function next(socket, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${event}" within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    socket.once(event, (value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

const call = (socket, event, payload) => socket.timeout(PATIENCE_MS).emitWithAck(event, payload);

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
  test(`join, message, typing over ${transports.join(' and ')}`, async () => {
    const roomId = `room ${transports}`;
    const [ada, grace, linus] = await Promise.all(['Ada', 'Grace', 'Linus'].map((name) => connect({ transports, auth: { name } })));
    for (const socket of [ada, grace]) {
      assert.deepEqual(await call(socket, 'joinRoom', { roomId }), { success: true, roomId });
    }

    const heard = [];
    linus.onAny((event) => heard.push(event));
    const received = Promise.all([next(ada, 'message'), next(grace, 'message')]);
    const before = Date.now();
    const ack = await call(ada, 'message', { text: 'Hello', roomId, replyToId: 'earlier' });
    assert.deepEqual(ack, { success: true, messageId: ack.messageId });
    assert.equal(typeof ack.messageId, 'string');
    for (const message of await received) {
      const { timestamp, ...rest } = message;
      assert.deepEqual(rest, { id: ack.messageId, userId: ada.id, name: 'Ada', text: 'Hello', roomId, replyToId: 'earlier' });
      assert.ok(timestamp >= before - 1000 && timestamp <= Date.now() + 1000);
    }

    // "typing" is volatile: it is lost on whoever happens to be between two polls. So people go on typing.
    const typing = next(grace, 'typing');
    const keys = setInterval(() => ada.emit('typing', { roomId }), 20);
    assert.deepEqual(await typing.finally(() => clearInterval(keys)), { userId: ada.id, roomId });
    assert.deepEqual(heard, [], 'who is not in the room hears nothing of it');
  });
}

test('a wrong payload is answered by exception and ack alike', async () => {
  const socket = await connect();
  await call(socket, 'joinRoom', { roomId: 'lobby' });
  const exception = next(socket, 'exception');
  const ack = await call(socket, 'message', { roomId: 'lobby' });
  assert.deepEqual(ack, {
    status: 'error',
    message: 'text should not be empty',
    code: 'invalid',
    details: ['text should not be empty'],
    cause: { pattern: 'message', data: { roomId: 'lobby' } },
  });
  assert.deepEqual(await exception, ack);
});

test('a name that is too long is refused', async () => {
  const socket = io(`${program.address}/chat`, { forceNew: true, reconnection: false, auth: { name: 'x'.repeat(41) } });
  sockets.push(socket);
  const error = await next(socket, 'connect_error');
  assert.equal(error.message, 'name must be shorter than or equal to 40 characters');
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} ends the program in good order`, async () => {
    const other = await Program.start();
    const socket = io(`${other.address}/chat`, { forceNew: true, reconnection: false });
    sockets.push(socket);
    await next(socket, 'connect');
    const reason = next(socket, 'disconnect');
    assert.equal(await other.stop(signal), 0);
    assert.equal(await reason, 'transport close');
    assert.deepEqual(other.lines.slice(1), ['Stopping']);
  });
}
