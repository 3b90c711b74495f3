// What the page shows. Everything that people wrote goes in as text, never as HTML.

import { hueOf, initials, linked } from './text.js';

const $ = (id) => document.getElementById(id);

/** Makes an element. Strings among its children become text nodes. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function paintAvatar(element, name) {
  element.style.setProperty('--hue', hueOf(name));
  element.textContent = initials(name);
  return element;
}

const avatar = (name) => paintAvatar(h('span', { class: 'avatar', 'aria-hidden': 'true' }), name);

// Connection, name, trouble

/** Shows the state of the connection: "connected", "connecting" or "offline". */
export function showConnection(state, text, transport = '') {
  $('connection').dataset.state = state;
  $('connection').replaceChildren(h('span', { class: 'state' }, text), ' ', h('span', { class: 'transport' }, transport));
  $('send').disabled = state !== 'connected';
}

export function showMe(name) {
  paintAvatar($('me-avatar'), name);
  $('me-name').textContent = name;
}

/** Asks for a name until there is one. Resolves to undefined if asking was broken off. */
export function askName(name, { problem = '', required = false } = {}) {
  const dialog = $('name-dialog');
  const input = $('name');
  input.value = name;
  $('name-problem').textContent = problem;
  input.setAttribute('aria-invalid', String(problem !== ''));
  if (!dialog.open) dialog.showModal();
  input.select();
  return new Promise((resolve) => {
    $('name-form').onsubmit = (event) => {
      const chosen = input.value.trim();
      if (chosen === '') {
        event.preventDefault();
        $('name-problem').textContent = 'A name makes it easier to talk to you.';
        return;
      }
      dialog.onclose = null;
      resolve(chosen);
    };
    dialog.onclose = () => { if (required) dialog.showModal(); }; // a second Escape closes it in spite of us
    dialog.oncancel = (event) => {
      if (required) event.preventDefault();
      else resolve(undefined);
    };
  });
}

/** Tells of something that went wrong, kindly, until it is dismissed. */
export function showTrouble(text, { reconnect = false } = {}) {
  $('trouble').querySelector('p').textContent = text;
  $('reconnect').hidden = !reconnect;
  $('trouble').hidden = false;
}

export function hideTrouble() {
  $('trouble').hidden = true;
}

// Rooms and people

export function showRooms(rooms, current, onOpen) {
  $('rooms').replaceChildren(...rooms.map((room) => h('li', {},
    h('button', { type: 'button', 'aria-current': room === current && 'true', onclick: () => onOpen(room) },
      h('span', { class: 'name' }, room.id),
      ...(room.unread > 0 ? [h('span', { class: 'badge', 'aria-label': `${room.unread} unread` }, String(room.unread))] : []),
    ))));
  const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
  $('unread-elsewhere').textContent = unread;
  $('unread-elsewhere').hidden = unread === 0;
  $('leave').hidden = rooms.length < 2;
  document.title = `${unread > 0 ? `(${unread}) ` : ''}#${current.id} · Rookery chat`;
}

export function showPeople(room, mine) {
  const others = room.people.filter(({ userId }) => !mine.has(userId)).map(({ name }) => name);
  $('room-title').textContent = `# ${room.id}`;
  $('room-people').textContent = others.length > 0 ? `You and ${others.join(', ')}` : 'Only you are here';
  $('people-count').textContent = room.people.length > 0 ? `· ${room.people.length}` : '';
  $('people').replaceChildren(...room.people.map(({ userId, name }) => h('li', {},
    avatar(name), h('span', { class: 'name' }, name), ...(mine.has(userId) ? [h('small', {}, 'you')] : []))));
}

export function showTyping(room) {
  const names = room.typists;
  const who = names.length > 3 ? 'Several people' : new Intl.ListFormat('en').format(names);
  $('typing').replaceChildren(...(names.length === 0 ? [] : [
    h('i'), h('i'), h('i'), `${who} ${names.length > 1 ? 'are' : 'is'} typing…`]));
}

export function openSidebar(open) {
  $('sidebar').classList.toggle('open', open);
  $('backdrop').hidden = !open;
  $('open-sidebar').setAttribute('aria-expanded', String(open));
  if (open) $('close-sidebar').focus();
}

// Messages

const GROUP_MS = 5 * 60_000; // messages of one person this close stand together
const clock = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat([], { weekday: 'long', day: 'numeric', month: 'long' });

const list = $('messages');
let last; // the newest item shown
let lastElement;

/** Shows a room from the start of what is known of it. */
export function showTimeline(room, mine, onReply) {
  list.setAttribute('aria-busy', 'true'); // old messages are not news to a screen reader
  list.replaceChildren();
  last = lastElement = undefined;
  for (const item of room.timeline) append(room, item, mine, onReply);
  if (!room.timeline.some(({ id }) => id)) list.prepend(emptyRoom(room));
  list.removeAttribute('aria-busy');
  scrollDown();
}

/** Shows one more item of the room. The view stays where it is if someone reads above. */
export function showItem(room, item, mine, onReply) {
  const follow = atEnd() || mine.has(item.userId);
  if (item.id) list.querySelector('.empty')?.remove();
  append(room, item, mine, onReply);
  if (follow) scrollDown();
  else if (item.id) $('newest').hidden = false;
}

function append(room, item, mine, onReply) {
  const day = calendar.format(item.timestamp);
  if (!item.note && (!last || calendar.format(last.timestamp) !== day)) {
    list.append(h('p', { class: 'day' }, day));
    last = undefined;
  }
  let element;
  if (item.note) {
    element = h('p', { class: 'note' }, item.note);
  } else {
    const own = mine.has(item.userId);
    const grouped = last?.userId === item.userId && item.timestamp - last.timestamp < GROUP_MS;
    if (grouped) lastElement.classList.remove('last');
    element = h('article', { class: `message last ${own ? 'mine' : 'theirs'} ${grouped ? '' : 'first'}`, 'data-id': item.id },
      avatar(item.name),
      h('span', { class: own ? 'unseen' : 'by' }, own ? 'You' : item.name),
      h('div', { class: 'bubble' },
        ...(item.replyToId ? [quote(room, item.replyToId, mine)] : []),
        h('p', {}, ...linked(item.text, (url) => h('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, url)),
          h('time', { datetime: new Date(item.timestamp).toISOString() }, clock.format(item.timestamp)))),
      h('button', { type: 'button', class: 'reply icon-button', 'aria-label': `Reply to ${own ? 'yourself' : item.name}`, title: 'Reply', onclick: () => onReply(item) },
        replyIcon.content.cloneNode(true)));
  }
  list.append(element);
  last = item;
  lastElement = element;
}

const replyIcon = h('template');
replyIcon.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M10 6l-6 6 6 6M4 12h10a6 6 0 0 1 6 6"/></svg>';

function quote(room, id, mine) {
  const original = room.message(id);
  if (!original) return h('div', { class: 'quote' }, h('em', {}, 'An earlier message'));
  const who = mine.has(original.userId) ? 'You' : original.name;
  return h('button', { type: 'button', class: 'quote', onclick: () => reveal(id) },
    h('strong', {}, who), h('span', {}, original.text));
}

function reveal(id) {
  const element = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (!element) return;
  element.scrollIntoView({ block: 'center', behavior: 'smooth' });
  element.classList.add('found');
  setTimeout(() => element.classList.remove('found'), 1600);
}

function emptyRoom(room) {
  const share = h('button', { type: 'button', class: 'share', onclick: async () => {
    await navigator.clipboard.writeText(location.href);
    share.textContent = 'Link copied';
  } }, 'Copy a link to this room');
  return h('div', { class: 'empty' },
    h('strong', {}, `This is #${room.id}`),
    h('p', {}, 'Nothing has been said yet. Say hello!'),
    // The clipboard is there only over https and on localhost.
    ...(navigator.clipboard ? [share] : []));
}

const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 60;

export function scrollDown() {
  list.scrollTop = list.scrollHeight;
  $('newest').hidden = true;
}

list.addEventListener('scroll', () => { if (atEnd()) $('newest').hidden = true; });
new ResizeObserver(() => { if ($('newest').hidden) scrollDown(); }).observe(list); // a phone's keyboard came up

// Writing

/** Shows which message is being answered; none for undefined. */
export function showReplying(message, mine) {
  $('replying').hidden = !message;
  if (!message) return;
  $('replying').querySelector('strong').textContent = `Reply to ${mine.has(message.userId) ? 'yourself' : message.name}`;
  $('replying').querySelector('span').textContent = message.text;
}

/** Fits the field and its counter to what is written. */
export function showDraft(limit) {
  const field = $('text');
  if (!CSS.supports('field-sizing', 'content')) {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }
  const left = limit - [...field.value].length;
  $('counter').hidden = left > limit / 10;
  $('counter').textContent = left;
  $('counter').classList.toggle('over', left < 0);
}
