// SPDX-License-Identifier: LGPL-2.1-or-later
// A never-ending stream as binary messages, straight from the engine. A browser
// opens six plain connections to a server, but hundreds of these.
import { retryDelay } from './socket.js';

export class MediaSocket {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #attempt = 0;
  #stopped = true;

  /**
   * @param {string} path of a .webm or .mjpg
   * @param {(data: Uint8Array) => void} onData
   * @param {(open: boolean) => void} onOpen
   * @param {(url: string) => WebSocket} [open]
   */
  constructor(path, onData, onOpen, open = (url) => new WebSocket(url)) {
    this.path = path;
    this.onData = onData;
    this.onOpen = onOpen;
    this.open = open;
  }

  /** @param {string} [origin] */
  start(origin = globalThis.location.origin) {
    this.#stopped = false;
    const socket = this.open(new URL(this.path, origin.replace(/^http/, 'ws')).href);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      if (this.#attempt >= 0) {
        this.#attempt = -1;
        this.onOpen(true);
      }
      this.onData(new Uint8Array(data));
    };
    socket.onclose = () => {
      if (this.#socket !== socket || this.#stopped) return;
      this.#socket = null;
      this.onOpen(false);
      this.#attempt += 1;
      this.#timer = setTimeout(() => this.start(origin), retryDelay(this.#attempt));
    };
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
