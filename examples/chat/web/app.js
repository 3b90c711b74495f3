// The chat: a stock Socket.IO client, the rooms it is in, and the page around them.

import { Room } from './room.js';
import * as view from './view.js';

const $ = (id) => document.getElementById(id);

const MAX_TEXT = 2000; // the server's limit; it is the one who refuses longer texts
const ACK_MS = 5000;
const TYPING_EVERY_MS = 1500;

// What outlives a reload: the name and the rooms; in this tab, the ids we had.
let name = localStorage.getItem('name') ?? '';
const mine = new Set(JSON.parse(sessionStorage.getItem('mine') ?? '[]'));
const rooms = new Map(); // by id
let current;
let replyTo;
let typedAt = 0; // when the others were last told that we are typing

// The server asks for the name at each connect, so that a new one needs no event.
const socket = io('/chat', { autoConnect: false, auth: (send) => send({ name }) });

/** Sends an event and returns its ack, or undefined when it failed; the page tells why. */
async function request(event, payload) {
  let answer;
  try {
    answer = await socket.timeout(ACK_MS).emitWithAck(event, payload);
  } catch {
    view.showTrouble('The server did not answer. Please try again.');
    return undefined;
  }
  if (answer?.status === 'error') {
    view.showTrouble(sentence(answer.message));
    return undefined;
  }
  return answer;
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/[.!]?$/, '.')}`;

// Connection

socket.on('connect', () => {
  mine.add(socket.id);
  sessionStorage.setItem('mine', JSON.stringify([...mine].slice(-20)));
  view.hideTrouble();
  showTransport();
  socket.io.engine.on('upgrade', showTransport);
  for (const room of rooms.values()) join(room); // the server forgot us: a new connection is in no room
});

function showTransport() {
  view.showConnection('connected', 'Connected', socket.io.engine.transport.name);
}

socket.on('disconnect', (reason) => {
  for (const room of rooms.values()) room.forgetPeople();
  view.showPeople(current, mine);
  if (socket.active) {
    view.showConnection('connecting', 'Reconnecting…');
  } else if (reason === 'io server disconnect') {
    view.showConnection('offline', 'Disconnected');
    view.showTrouble('The server ended the connection.', { reconnect: true });
  }
});

socket.on('connect_error', async (error) => {
  if (socket.active) { // it will try again
    view.showConnection('connecting', 'Reconnecting…');
    view.showTrouble('The server cannot be reached. Trying again…');
    return;
  }
  view.showConnection('offline', 'Not connected'); // refused, because of the name
  await rename({ problem: sentence(error.message), required: true });
});

socket.on('exception', ({ message }) => view.showTrouble(sentence(String(message))));

async function rename(options) {
  const chosen = await view.askName(name, options);
  if (!chosen) return;
  name = chosen;
  localStorage.setItem('name', name);
  view.showMe(name);
  view.showConnection('connecting', 'Connecting…');
  socket.disconnect().connect();
  if (matchMedia('(hover: hover)').matches) $('text').focus(); // elsewhere a keyboard would cover the page
}

// Rooms

function addRoom(id) {
  const room = new Room(id, (changed) => { if (changed === current) view.showTyping(changed); });
  rooms.set(id, room);
  if (socket.connected) join(room);
  return room;
}

async function join(room) {
  if (!await request('joinRoom', { roomId: room.id }) && socket.connected) dropRoom(room);
}

function dropRoom(room) {
  rooms.delete(room.id);
  if (rooms.size === 0) addRoom('lobby');
  openRoom(room === current ? rooms.values().next().value : current);
}

function openRoom(room) {
  current = room;
  room.unread = 0;
  localStorage.setItem('rooms', JSON.stringify([...rooms.keys()]));
  history.replaceState(null, '', `#${encodeURIComponent(room.id)}`);
  reply(undefined);
  showRooms();
  view.showPeople(room, mine);
  view.showTyping(room);
  view.showTimeline(room, mine, reply);
}

const enter = (id) => openRoom(rooms.get(id) ?? addRoom(id));
const showRooms = () => view.showRooms([...rooms.values()], current, (room) => { openRoom(room); view.openSidebar(false); });
const roomInAddress = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ''; // somebody's typing error
  }
};

// What the server says

socket.on('message', (message) => {
  const room = rooms.get(message.roomId);
  if (!room?.add(message)) return;
  if (room === current) view.showItem(room, message, mine, reply);
  if (!mine.has(message.userId) && (room !== current || document.hidden)) {
    room.unread += 1;
    showRooms();
  }
});

socket.on('history', ({ roomId, messages }) => {
  const room = rooms.get(roomId);
  if (room?.addHistory(messages) && room === current) view.showTimeline(room, mine, reply);
});

socket.on('online', ({ roomId, users }) => {
  const room = rooms.get(roomId);
  if (!room) return;
  const notes = room.setPeople(users);
  if (room !== current) return;
  view.showPeople(room, mine);
  for (const note of notes) view.showItem(room, note, mine, reply);
});

socket.on('typing', ({ roomId, userId }) => rooms.get(roomId)?.startTyping(userId));

// What the person does

function reply(message) {
  replyTo = message;
  view.showReplying(message, mine);
  if (message) $('text').focus();
}

async function send() {
  const text = $('text').value.trim();
  if (text === '' || !socket.connected) return;
  $('send').disabled = true; // a second Enter shall not send it twice
  const sent = await request('message', { text, roomId: current.id, replyToId: replyTo?.id });
  $('send').disabled = !socket.connected;
  if (!sent) return; // what was written stays, to be mended
  $('text').value = '';
  typedAt = 0;
  view.showDraft(MAX_TEXT);
  view.hideTrouble();
  reply(undefined);
}

$('compose').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!$('send').disabled) send();
});

$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $('compose').requestSubmit();
  } else if (event.key === 'Escape') {
    reply(undefined);
  }
});

$('text').addEventListener('input', () => {
  view.showDraft(MAX_TEXT);
  if (!socket.connected || $('text').value === '' || Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  socket.volatile.emit('typing', { roomId: current.id });
});

$('join').addEventListener('submit', (event) => {
  event.preventDefault();
  const id = $('join-room').value.trim().replace(/^#\s*/, '');
  if (id === '') return;
  $('join-room').value = '';
  enter(id);
  view.openSidebar(false);
});

$('leave').addEventListener('click', () => {
  const room = current;
  if (socket.connected) request('leaveRoom', { roomId: room.id });
  dropRoom(room);
});

$('me').addEventListener('click', () => rename());
$('reconnect').addEventListener('click', () => {
  view.hideTrouble();
  view.showConnection('connecting', 'Connecting…');
  socket.connect();
});
$('dismiss').addEventListener('click', view.hideTrouble);
$('cancel-reply').addEventListener('click', () => reply(undefined));
$('newest').addEventListener('click', view.scrollDown);
$('open-sidebar').addEventListener('click', () => view.openSidebar(true));
$('close-sidebar').addEventListener('click', () => view.openSidebar(false));
$('backdrop').addEventListener('click', () => view.openSidebar(false));
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') view.openSidebar(false); });
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  current.unread = 0;
  showRooms();
});
addEventListener('hashchange', () => { if (roomInAddress()) enter(roomInAddress()); });

// Start

for (const id of JSON.parse(localStorage.getItem('rooms') ?? '["lobby"]')) addRoom(id);
enter(roomInAddress() || rooms.keys().next().value || 'lobby');
view.showConnection('connecting', 'Connecting…');
if (name) {
  view.showMe(name);
  socket.connect();
} else {
  rename({ required: true });
}
