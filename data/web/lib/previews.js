// SPDX-License-Identifier: LGPL-2.1-or-later
// Shares few connections among many moving previews.
//
// A browser opens six HTTP/1.1 connections to one server, over all its tabs; an
// .mjpg holds one for as long as it is shown, and with the seventh the page's
// own requests would wait for ever. So up to three previews run as they are,
// and when there are more, three connections go round, a picture at a time.

export const SLOTS = 3;
const PAUSE = 60; // ms between two pictures of one address, at least
const PAUSE_AFTER_LOSS = 500;

/**
 * @typedef {{
 *   url: string,
 *   stream: (url: string | null) => void,
 *   picture: (blob: Blob) => void,
 *   lost: () => void,
 * }} Preview
 *   stream: show this never-ending picture, null = stop; picture: show this one
 */

export class PreviewPool {
  /** @type {Preview[]} */ #all = [];
  /** Addresses that are being fetched. @type {Set<string>} */ #busy = new Set();
  /** @type {Set<Preview>} */ #streaming = new Set();
  #next = 0;
  #stop = new AbortController();
  #paused = false;

  /**
   * @param {(url: string, signal: AbortSignal) => Promise<Blob>} fetchOne
   * @param {(run: () => void, ms: number) => void} later
   */
  constructor(fetchOne, later = (run, ms) => setTimeout(run, ms)) {
    this.fetchOne = fetchOne;
    this.later = later;
  }

  /** @param {Preview} preview */
  add(preview) {
    this.#all.push(preview);
    this.#arrange();
  }

  /** @param {Preview} preview */
  remove(preview) {
    this.#all = this.#all.filter((other) => other !== preview);
    if (this.#streaming.delete(preview)) preview.stream(null);
    this.#arrange();
  }

  /** A hidden page holds no connection. @param {boolean} paused */
  pause(paused) {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (paused) {
      this.#stop.abort();
      this.#stop = new AbortController();
    }
    this.#arrange();
  }

  #arrange() {
    const flow = !this.#paused && this.#all.length <= SLOTS;
    for (const preview of this.#all) {
      if (flow && !this.#streaming.has(preview)) {
        this.#streaming.add(preview);
        preview.stream(preview.url);
      } else if (!flow && this.#streaming.delete(preview)) {
        preview.stream(null);
      }
    }
    if (!flow && !this.#paused) {
      while (this.#busy.size < SLOTS && this.#takeTurn());
    }
  }

  /** One picture of the next address, for all who show it. */
  #takeTurn() {
    const urls = [...new Set(this.#all.map(({ url }) => url))];
    const free = urls.filter((url) => !this.#busy.has(url));
    if (free.length === 0) return false;
    let url = urls[this.#next % urls.length];
    while (this.#busy.has(url)) {
      this.#next += 1;
      url = urls[this.#next % urls.length];
    }
    this.#next = (this.#next + 1) % urls.length;
    this.#busy.add(url);
    const wanting = () => this.#all.filter((preview) => preview.url === url);
    let pause = PAUSE;
    this.fetchOne(url, this.#stop.signal).then(
      (blob) => {
        if (!this.#streaming.size) for (const preview of wanting()) preview.picture(blob);
      },
      () => {
        pause = PAUSE_AFTER_LOSS;
        if (!this.#paused) for (const preview of wanting()) preview.lost();
      },
    ).finally(() => this.later(() => {
      this.#busy.delete(url);
      this.#arrange();
    }, pause));
    return true;
  }
}
