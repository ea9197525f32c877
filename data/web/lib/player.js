// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps a <video> on a never-ending stream: starts it again when it ends or
// stands still, and walks back to the newest picture when it has fallen behind.
// Where the browser can, the stream comes in pieces (live-buffer.js), a third of a
// second behind; else it is the plain address.
import { LiveBuffer, canBuffer } from './live-buffer.js';

/**
 * @typedef {'idle' | 'connecting' | 'playing' | 'waiting' | 'lost' | 'blocked'} PlayerState
 *   blocked: the browser wants a click before it plays sound
 */

/**
 * What to do about the distance between the picture shown and the newest one.
 * @param {number} behind seconds
 * @returns {{rate: number, jump: boolean}}
 */
export function catchUp(behind) {
  if (behind > 6) return { rate: 1, jump: true };
  if (behind > 2.5) return { rate: 1.1, jump: false };
  if (behind > 1.2) return { rate: 1.04, jump: false };
  return { rate: 1, jump: false };
}

/** @typedef {{stop: () => void}} Buffer */

/** Seconds without a new picture after which the stream is opened again. */
const STALL = 6;

export class LivePlayer {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #watch;
  #attempt = 0;
  #hasPlayed = false;
  #url = '';
  #lastTime = -1;
  #still = 0;
  /** @type {Buffer | null} */ #buffer = null;
  /** Pieces did not work here: the plain address from now on. */ #plain = false;
  /** @type {PlayerState} */ state = 'idle';

  /**
   * @param {HTMLVideoElement} video
   * @param {(state: PlayerState) => void} onState
   * @param {((video: HTMLVideoElement, url: string, onEnd: () => void) => Buffer) | null} [makeBuffer]
   */
  constructor(video, onState, makeBuffer = canBuffer()
    ? (element, url, onEnd) => new LiveBuffer(element, url, onEnd) : null) {
    this.video = video;
    this.onState = onState;
    this.makeBuffer = makeBuffer;
    video.addEventListener('playing', () => {
      this.#attempt = 0;
      this.#hasPlayed = true;
      this.#set('playing');
    });
    video.addEventListener('waiting', () => {
      if (this.state === 'playing') this.#set('waiting');
    });
    video.addEventListener('timeupdate', () => {
      if (this.state === 'waiting') this.#set('playing');
    });
    video.addEventListener('ended', () => this.#again());
    video.addEventListener('error', () => this.#again());
  }

  /** @param {string} url "" = stop */
  open(url) {
    if (url === this.#url) return;
    this.#url = url;
    this.#attempt = 0;
    if (url) this.#start();
    else this.close();
  }

  close() {
    this.#url = '';
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#dropBuffer();
    if (this.video.hasAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
    this.#set('idle');
  }

  /** After a click of the reader, which also allows sound. */
  async play() {
    try {
      await this.video.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name === 'NotAllowedError') this.#set('blocked');
    }
  }

  #start() {
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#lastTime = -1;
    this.#still = 0;
    this.#set('connecting');
    this.#dropBuffer();
    if (this.makeBuffer && !this.#plain) this.#buffer = this.makeBuffer(this.video, this.#url, () => this.#again());
    else this.video.src = this.#url;
    this.play();
    this.#watch = setInterval(() => this.#look(), 1000);
  }

  #look() {
    const { video } = this;
    if (video.paused && this.state === 'blocked') return;
    this.#still = video.currentTime === this.#lastTime ? this.#still + 1 : 0;
    this.#lastTime = video.currentTime;
    if (this.#still >= STALL) {
      this.#again();
      return;
    }
    if (this.#buffer || !video.buffered.length) return;
    const end = video.buffered.end(video.buffered.length - 1);
    const { rate, jump } = catchUp(end - video.currentTime);
    if (jump) video.currentTime = end - 0.5;
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  #again() {
    if (!this.#url) return;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#dropBuffer();
    // Three tries in pieces without a single picture: perhaps a proxy in between
    // passes no sockets.
    if (!this.#hasPlayed && this.#attempt >= 2) this.#plain = !this.#plain;
    this.#set('lost');
    const delay = Math.min(5000, 300 * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 10);
    this.#retry = setTimeout(() => { if (this.#url) this.#start(); }, delay);
  }

  #dropBuffer() {
    this.#buffer?.stop();
    this.#buffer = null;
  }

  /** @param {PlayerState} state */
  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }
}
