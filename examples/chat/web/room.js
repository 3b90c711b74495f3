// A room as this page knows it: what was said, who is here, who is typing.

const KEEP = 500; // messages and notes; older ones scroll out of memory
const TYPING_MS = 3000; // how long one "typing" holds

export class Room {
  /** Messages as the server sends them, and notes {note, timestamp}, oldest first. */
  timeline = [];
  /** Who is here: {userId, name}. */
  people = [];
  unread = 0;
  #known = new Map(); // messages by id
  #typing = new Map(); // user id -> the timer that ends it
  #onTyping;

  constructor(id, onTyping) {
    this.id = id;
    this.#onTyping = onTyping;
  }

  message(id) {
    return this.#known.get(id);
  }

  /** Takes a message in. Returns false for one that is here already. */
  add(message) {
    if (this.#known.has(message.id)) return false;
    this.#known.set(message.id, message);
    this.#push(message);
    this.stopTyping(message.userId);
    return true;
  }

  /** Takes in what was said before we came, or while we were away. */
  addHistory(messages) {
    const added = messages.filter((message) => this.add(message)).length;
    if (added > 0) this.timeline.sort((a, b) => a.timestamp - b.timestamp);
    return added > 0;
  }

  /** Takes in who is here now. Returns the notes about who came and went since. */
  setPeople(people) {
    const before = this.people;
    this.people = people;
    if (before.length === 0) return []; // the first we hear: nobody came or went
    const gone = missing(before, people);
    const come = missing(people, before);
    gone.forEach(({ userId }) => this.stopTyping(userId));
    return [
      ...gone.map(({ name }) => this.#note(`${name} left`)),
      ...come.map(({ name }) => this.#note(`${name} joined`)),
    ];
  }

  /** Forgets who is here: the connection is gone, and with it what we knew of them. */
  forgetPeople() {
    this.people = [];
    for (const userId of [...this.#typing.keys()]) this.stopTyping(userId);
  }

  startTyping(userId) {
    clearTimeout(this.#typing.get(userId));
    this.#typing.set(userId, setTimeout(() => this.stopTyping(userId), TYPING_MS));
    this.#onTyping(this);
  }

  stopTyping(userId) {
    clearTimeout(this.#typing.get(userId));
    if (this.#typing.delete(userId)) this.#onTyping(this);
  }

  /** The names of those who are typing. */
  get typists() {
    return this.people.filter(({ userId }) => this.#typing.has(userId)).map(({ name }) => name);
  }

  #note(note) {
    const item = { note, timestamp: Date.now() };
    this.#push(item);
    return item;
  }

  #push(item) {
    this.timeline.push(item);
    if (this.timeline.length > KEEP) this.#known.delete(this.timeline.shift().id);
  }
}

function missing(from, others) {
  const ids = new Set(others.map(({ userId }) => userId));
  return from.filter(({ userId }) => !ids.has(userId));
}
