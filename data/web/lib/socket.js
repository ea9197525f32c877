// SPDX-License-Identifier: LGPL-2.1-or-later
// A watch socket of the venue contract: comes back by itself, resumes by rev.

/**
 * @typedef {'connecting' | 'open' | 'lost' | 'denied' | 'closed'} SocketStatus
 * @typedef {{type: string, data?: any, rev?: number, reset?: boolean, id?: unknown}} Message
 */

/** What the server replays after ?since=. Config and streams come whole and first,
 * with the newest rev: to resume from that would skip what is still on its way. */
const RESUMED = ['state', 'layout', 'notes', 'talks', 'room'];

/** How long to wait before try n: 0.25 s doubled up to 5 s, with jitter.
 * @param {number} attempt from 0
 * @param {() => number} random
 */
export function retryDelay(attempt, random = Math.random) {
  const full = Math.min(5000, 250 * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random() / 2));
}

export class WatchSocket {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {Map<number, {resolve: (v: any) => void, reject: (e: Error) => void}>} */
  #waiting = new Map();
  /** @type {string[]} */ #topics = [];
  /** @type {Map<string, number>} */ #revs = new Map();
  #attempt = 0;
  #lastId = 0;
  #stopped = true;
  /** @type {number | null} */ rev = null;
  /** @type {SocketStatus} */ status = 'closed';

  /**
   * @param {{
   *   path: string,
   *   onMessage: (message: Message) => void,
   *   onStatus?: (status: SocketStatus) => void,
   *   probe?: () => Promise<number>,
   *   open?: (url: string) => WebSocket,
   *   random?: () => number,
   *   origin?: string,
   * }} options probe: the HTTP status of a request that needs the same right,
   *   asked when a socket would not open, because a socket does not tell why.
   */
  constructor(options) {
    this.options = options;
  }

  /** @param {string[]} topics levels, presence, log: asked for on each connect */
  subscribe(topics) {
    const dropped = this.#topics.filter((topic) => !topics.includes(topic));
    this.#topics = topics;
    if (this.status !== 'open') return;
    if (dropped.length) this.#write({ type: 'unsubscribe', data: dropped });
    this.#write({ type: 'subscribe', data: topics });
  }

  start() {
    this.#stopped = false;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#refuseWaiting();
    this.#setStatus('closed');
  }

  /** Try at once instead of waiting for the next turn. */
  retryNow() {
    if (this.#stopped || this.#socket) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /**
   * Sends a change. Resolves when the server has confirmed it.
   * @param {string} type
   * @param {unknown} data
   * @returns {Promise<any>}
   */
  send(type, data) {
    if (this.status !== 'open') return Promise.reject(new Error('not connected'));
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#write({ type, data, id });
    });
  }

  /** @param {object} message */
  #write(message) {
    this.#socket?.send(JSON.stringify(message));
  }

  #connect() {
    this.#setStatus('connecting');
    const base = this.options.origin ?? globalThis.location.origin;
    const url = new URL(this.options.path, base.replace(/^http/, 'ws'));
    if (this.rev !== null) url.searchParams.set('since', String(this.rev));
    const open = this.options.open ?? ((address) => new WebSocket(address));
    const socket = open(url.href);
    let wasOpen = false;
    this.#socket = socket;
    socket.onopen = () => {
      wasOpen = true;
      this.#attempt = 0;
      this.#setStatus('open');
      if (this.#topics.length) this.#write({ type: 'subscribe', data: this.#topics });
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lose(wasOpen);
    };
  }

  /** @param {unknown} text */
  #receive(text) {
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(String(text));
    } catch {
      return;
    }
    if (message.type === 'ok' || message.type === 'error') {
      this.#answer(message);
      return;
    }
    if (typeof message.rev === 'number' && RESUMED.includes(message.type)) {
      // Older than what is shown of it: a repeat of a resumed connection.
      if (!message.reset && message.rev < (this.#revs.get(message.type) ?? 0)) return;
      this.#revs.set(message.type, message.rev);
      this.rev = message.reset ? message.rev : Math.max(this.rev ?? 0, message.rev);
    }
    this.options.onMessage(message);
  }

  /** @param {Message} message */
  #answer(message) {
    const waiting = this.#waiting.get(Number(message.id));
    if (!waiting) return;
    this.#waiting.delete(Number(message.id));
    if (message.type === 'ok') {
      waiting.resolve(message.data);
    } else {
      const data = message.data ?? /** @type {any} */ (message).error;
      waiting.reject(new Error(typeof data === 'string' ? data : data?.error ?? data?.message ?? 'refused'));
    }
  }

  #refuseWaiting() {
    for (const { reject } of this.#waiting.values()) reject(new Error('not connected'));
    this.#waiting.clear();
  }

  /** @param {boolean} wasOpen */
  async #lose(wasOpen) {
    this.#socket = null;
    this.#refuseWaiting();
    if (this.#stopped) return;
    this.#setStatus('lost');
    if (!wasOpen && this.options.probe) {
      const status = await this.options.probe().catch(() => 0);
      if (this.#stopped || this.#socket) return;
      if (status === 401 || status === 403 || status === 404) {
        this.#stopped = true;
        this.#setStatus('denied');
        return;
      }
    }
    const delay = retryDelay(this.#attempt, this.options.random);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** @param {SocketStatus} status */
  #setStatus(status) {
    if (this.status === status) return;
    // Between two tries the page keeps saying "lost" instead of flickering.
    if (status === 'connecting' && this.#attempt > 0) return;
    this.status = status;
    this.options.onStatus?.(status);
  }
}
