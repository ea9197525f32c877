// SPDX-License-Identifier: LGPL-2.1-or-later
// The chat of a room, over the chat contract. The session cookie says who one is,
// so no token has to stand in the socket's protocol.
import { ApiError, get } from './api.js';
import { retryDelay } from './socket.js';

/**
 * @typedef {{id: number | string, sender: {id: number | string, username: string} | null,
 *            text: string, createTime: number}} ChatMessage createTime: Unix seconds
 * @typedef {'connecting' | 'open' | 'lost' | 'none'} ChatStatus none: this server has no chat here
 */

/** A message of the contract: one object below 512 bytes. */
const MOST_BYTES = 512;
const KEPT = 300;

/** Questions are messages that say so, readable for every other client too. */
const QUESTION = '? ';

/** @param {string} text */
export const isQuestion = (text) => text.startsWith(QUESTION);
/** @param {string} text */
export const questionText = (text) => text.slice(QUESTION.length);

/** Whether a text fits into one message. @param {string} text */
export function fits(text) {
  return new TextEncoder().encode(JSON.stringify({ text })).length <= MOST_BYTES;
}

/**
 * Joins history and what the socket said, each message once, in its order.
 * @param {ChatMessage[]} known @param {ChatMessage[]} more
 */
export function join(known, more) {
  const byId = new Map(known.map((message) => [String(message.id), message]));
  for (const message of more) byId.set(String(message.id), message);
  return [...byId.values()]
    .sort((a, b) => a.createTime - b.createTime || Number(a.id) - Number(b.id))
    .slice(-KEPT);
}

export class Chat {
  /** @type {ChatMessage[]} */ messages = [];
  /** @type {ChatStatus} */ status = 'connecting';
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #attempt = 0;
  #stopped = false;

  /** @param {string} room @param {() => void} update */
  constructor(room, update) {
    this.room = room;
    this.update = update;
  }

  async start() {
    try {
      await this.#loadHistory();
    } catch (error) {
      if (error instanceof ApiError && error.status !== 0) {
        this.#set('none');
        return;
      }
    }
    if (!this.#stopped) this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  /** @param {string} text @param {boolean} question */
  send(text, question) {
    const whole = question ? QUESTION + text : text;
    if (this.status !== 'open' || !fits(whole)) return false;
    this.#socket?.send(JSON.stringify({ text: whole }));
    return true;
  }

  async #loadHistory() {
    const answer = await get(`/api/v1/messages?room_id=${encodeURIComponent(this.room)}&count=50`);
    const list = Array.isArray(answer) ? answer : answer?.data ?? [];
    this.messages = join(this.messages, list.filter((/** @type {any} */ m) => typeof m?.text === 'string'));
    this.update();
  }

  #connect() {
    const url = new URL(`/api/v1/rooms/${encodeURIComponent(this.room)}/messages/ws`,
      location.origin.replace(/^http/, 'ws'));
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      // What was said while the connection was away.
      if (this.#attempt > 0) this.#loadHistory().catch(() => {});
      this.#attempt = 0;
      this.#set('open');
    };
    socket.onmessage = ({ data }) => {
      try {
        this.messages = join(this.messages, JSON.parse(data));
        this.update();
      } catch { /* not ours */ }
    };
    socket.onclose = () => {
      if (this.#stopped) return;
      this.#set('lost');
      this.#timer = setTimeout(() => this.#connect(), retryDelay(this.#attempt));
      this.#attempt += 1;
    };
  }

  /** @param {ChatStatus} status */
  #set(status) {
    this.status = status;
    this.update();
  }
}
