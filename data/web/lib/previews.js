// SPDX-License-Identifier: LGPL-2.1-or-later
// Moving previews: one socket for each address, however often it is shown, and
// none while nobody looks.
import { firstJpeg } from './jpeg-parts.js';
import { MediaSocket } from './media-socket.js';

/**
 * @typedef {{picture: (blob: Blob) => void, lost: () => void}} Preview
 * @typedef {{start: () => void, stop: () => void}} Source
 * @typedef {{source: Source, all: Set<Preview>}} Entry
 */

export class PreviewPool {
  /** @type {Map<string, Entry>} */ #entries = new Map();
  #paused = false;

  /**
   * @param {(url: string, onData: (data: Uint8Array) => void, onOpen: (open: boolean) => void) => Source} [open]
   */
  constructor(open = (url, onData, onOpen) => new MediaSocket(url, onData, onOpen)) {
    this.open = open;
  }

  /** @param {string} url @param {Preview} preview */
  add(url, preview) {
    let entry = this.#entries.get(url);
    if (!entry) {
      /** @type {Set<Preview>} */
      const all = new Set();
      const source = this.open(url, (data) => {
        const jpeg = firstJpeg(data);
        if (!jpeg) return;
        const blob = new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' });
        for (const one of all) one.picture(blob);
      }, (open) => {
        if (!open) for (const one of all) one.lost();
      });
      entry = { source, all };
      this.#entries.set(url, entry);
      if (!this.#paused) source.start();
    }
    entry.all.add(preview);
  }

  /** @param {string} url @param {Preview} preview */
  remove(url, preview) {
    const entry = this.#entries.get(url);
    if (!entry?.all.delete(preview) || entry.all.size) return;
    entry.source.stop();
    this.#entries.delete(url);
  }

  /** A page that is hidden takes nothing. @param {boolean} paused */
  pause(paused) {
    if (this.#paused === paused) return;
    this.#paused = paused;
    for (const { source } of this.#entries.values()) {
      if (paused) source.stop();
      else source.start();
    }
  }
}
