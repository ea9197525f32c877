// SPDX-License-Identifier: LGPL-2.1-or-later
// One room over its watch socket: the model, the levels, the writes.
import { ApiError, get } from './api.js';
import { Meters } from './levels.js';
import { emptyRoom, receive } from './room.js';
import { WatchSocket } from './socket.js';

export class RoomLink {
  room = emptyRoom();
  meters = new Meters();
  /** @type {import('./socket.js').SocketStatus} */ status = 'closed';
  /** Difference to the server's clock, milliseconds. */
  clockOffset = 0;
  /** The server's local midnight. */ #midnight = new Date().setHours(0, 0, 0, 0);

  /**
   * @param {string} name url_name
   * @param {() => void} update
   * @param {string[]} topics levels, presence, log
   */
  constructor(name, update, topics = []) {
    this.name = name;
    this.update = update;
    this.topics = topics;
    const path = `/room/${encodeURIComponent(name)}`;
    this.path = path;
    this.socket = new WatchSocket({
      path: `${path}/watch`,
      onMessage: (message) => this.#receive(message),
      onStatus: (status) => {
        this.status = status;
        update();
      },
      probe: () => get(`${path}/state`).then(() => 200, (error) => error instanceof ApiError ? error.status : 0),
    });
    this.socket.subscribe(topics);
  }

  start() {
    this.socket.start();
    this.loadTalks();
  }

  stop() {
    this.socket.stop();
  }

  /** The meters of a page that nobody sees need not be made. @param {boolean} quiet */
  setQuiet(quiet) {
    this.socket.subscribe(quiet ? this.topics.filter((topic) => topic !== 'levels') : this.topics);
  }

  loadTalks() {
    get(`${this.path}/talks`).then((data) => {
      this.room = receive(this.room, { type: 'talks', data });
      this.update();
    }, () => {});
  }

  /** Whether changes may be sent. */
  get ready() {
    return this.status === 'open' && this.room.known;
  }

  /**
   * @param {import('./scene.js').MixState & {transition?: {kind: string, ms: number}}} change
   * @returns {Promise<any>} when the server has confirmed it
   */
  write(change) {
    return this.socket.send('state', change);
  }

  /** The server's time now. */
  now() {
    return new Date(Date.now() + this.clockOffset);
  }

  /** Seconds since the server's local midnight, the contract's time. @param {Date} date */
  secondsOfDay(date) {
    const seconds = (date.getTime() - this.#midnight) / 1000;
    return Math.round(((seconds % 86400) + 86400) % 86400 * 1000) / 1000;
  }

  /** @param {import('./socket.js').Message} message */
  #receive(message) {
    if (message.type === 'levels') {
      this.meters.receive(message.data);
      return;
    }
    if (message.type === 'config' && message.data?.utc) {
      const utc = Date.parse(message.data.utc);
      this.clockOffset = utc - Date.now();
      this.#midnight = utc - message.data.time * 1000;
    }
    this.room = receive(this.room, message);
    this.update();
  }
}
