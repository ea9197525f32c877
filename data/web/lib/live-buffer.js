// SPDX-License-Identifier: LGPL-2.1-or-later
// Plays WebM that comes in pieces, close behind its newest picture.
import { MediaSocket } from './media-socket.js';

/** Seconds between the picture shown and the newest one, that hold sound together. */
const NEAR = 0.35;
const KEEP = 12; // seconds behind the picture that stay in memory
const WAITING_PIECES = 200; // about twenty seconds

/** The type of a WebM stream by its header, "" = none that we know.
 * @param {Uint8Array} header */
export function typeOf(header) {
  const text = new TextDecoder('latin1').decode(header);
  const codecs = [
    text.includes('V_VP8') ? 'vp8' : text.includes('V_VP9') ? 'vp9' : '',
    text.includes('A_OPUS') ? 'opus' : text.includes('A_VORBIS') ? 'vorbis' : '',
  ].filter(Boolean);
  return codecs.length ? `video/webm; codecs="${codecs.join(',')}"` : '';
}

/**
 * What to do about the distance to the newest picture.
 * @param {number} behind seconds
 * @returns {{rate: number, jump: boolean}}
 */
export function chase(behind) {
  if (behind > 2) return { rate: 1, jump: true };
  if (behind > 0.9) return { rate: 1.1, jump: false };
  if (behind > NEAR + 0.15) return { rate: 1.04, jump: false };
  // Below 0 sound goes on without pictures: the encoder has no time for them.
  if (behind >= 0 && behind < 0.12) return { rate: 0.96, jump: false };
  return { rate: 1, jump: false };
}

/** The start of the next range of pictures, when the present one has ended.
 * @param {{length: number, start: (i: number) => number, end: (i: number) => number}} ranges
 * @param {number} time @returns {number | null} */
export function overGap(ranges, time) {
  for (let i = 0; i < ranges.length; i++) {
    if (time < ranges.start(i) - 0.01) return ranges.start(i);
    if (time < ranges.end(i) - 0.05) return null;
  }
  return null;
}

export class LiveBuffer {
  #source = new MediaSource();
  #url = URL.createObjectURL(this.#source);
  /** @type {SourceBuffer | null} */ #buffer = null;
  /** @type {Uint8Array[]} */ #waiting = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  /** @type {MediaSocket} */ #socket;
  #begun = false;

  /** @param {HTMLVideoElement} video @param {string} path @param {() => void} onEnd */
  constructor(video, path, onEnd) {
    this.video = video;
    this.onEnd = onEnd;
    this.#socket = new MediaSocket(path, (data) => this.#take(data), (open) => { if (!open) onEnd(); });
    this.#source.addEventListener('sourceopen', () => this.#socket.start(), { once: true });
    video.src = this.#url;
    this.#timer = setInterval(() => this.#follow(), 250);
  }

  stop() {
    clearInterval(this.#timer);
    this.#socket.stop();
    URL.revokeObjectURL(this.#url);
    this.#waiting = [];
  }

  /** @param {Uint8Array} data */
  #take(data) {
    if (!this.#buffer) {
      const type = typeOf(data);
      if (!type || !MediaSource.isTypeSupported(type) || this.#source.readyState !== 'open') {
        this.onEnd();
        return;
      }
      this.#buffer = this.#source.addSourceBuffer(type);
      this.#buffer.addEventListener('updateend', () => this.#append());
      this.#buffer.addEventListener('error', () => this.onEnd());
    }
    this.#waiting.push(data);
    if (this.#waiting.length > WAITING_PIECES) this.onEnd();
    else this.#append();
  }

  #append() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source.readyState !== 'open') return;
    this.#begin(buffer);
    const piece = this.#waiting.shift();
    if (!piece) return;
    try {
      buffer.appendBuffer(/** @type {BufferSource} */ (piece));
    } catch {
      this.onEnd();
    }
  }

  /** The stream's time does not begin at 0. @param {SourceBuffer} buffer */
  #begin(buffer) {
    if (this.#begun || !buffer.buffered.length) return;
    this.#begun = true;
    this.video.currentTime = buffer.buffered.start(0);
  }

  #follow() {
    const { video } = this;
    const ranges = video.buffered;
    if (!this.#begun || !ranges.length || video.paused) return;
    const over = overGap(ranges, video.currentTime);
    const end = ranges.end(ranges.length - 1);
    const { rate, jump } = chase(end - video.currentTime);
    if (over !== null) video.currentTime = over;
    else if (jump) video.currentTime = Math.max(ranges.start(ranges.length - 1), end - NEAR);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    this.#forget();
  }

  #forget() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || !buffer.buffered.length) return;
    const until = this.video.currentTime - KEEP;
    if (until > buffer.buffered.start(0) + KEEP) buffer.remove(0, until);
  }
}

/** Whether this browser can play that way at all. */
export const canBuffer = () => typeof MediaSource !== 'undefined'
  && MediaSource.isTypeSupported('video/webm; codecs="vp8,opus"');
