// SPDX-License-Identifier: LGPL-2.1-or-later
// A room as its watch socket tells it, message by message. Pure.
import { shownIn } from './scene.js';

/**
 * @typedef {import('./scene.js').MixState} MixState
 * @typedef {{state: 'connecting' | 'live' | 'lost', since?: string, fps?: number, error?: string}} Health
 * @typedef {{name: string, slug?: string, stream_url: string, origin: 'raw' | 'mixed',
 *            type: 'audio' | 'video' | 'av', health?: Health, uri?: string,
 *            options?: Record<string, string>}} Stream
 * @typedef {{id: number, time: number, utc?: string, date?: string, text: string, author?: string,
 *            'talk-id'?: string | null}} Note
 * @typedef {{'talk-id': string, 'talk-date'?: string, 'talk-begin'?: number | string | null,
 *            'talk-end'?: number | string | null, title?: string, presenters?: string | string[]}} Talk
 * @typedef {{peak: number, rms: number}} Level dBFS
 * @typedef {{user: string, role?: string, door?: string, since?: string}} Person
 * @typedef {{rev: number, utc: string, user: string, kind: string, data?: any}} LogEntry
 * @typedef {{
 *   config: any,
 *   room: any,
 *   streams: Record<string, Stream>,
 *   layout: any,
 *   state: MixState,
 *   notes: Note[],
 *   talks: Record<string, Talk>,
 *   presence: Person[],
 *   log: LogEntry[],
 *   previous: MixState[],
 *   known: boolean,
 * }} RoomModel
 */

/** @returns {RoomModel} */
export function emptyRoom() {
  return {
    config: null, room: null, streams: {}, layout: null, state: {}, notes: [], talks: {},
    presence: [], log: [], previous: [], known: false,
  };
}

const LOG_LENGTH = 100;
const UNDO_LENGTH = 20;

/**
 * @param {RoomModel} room
 * @param {import('./socket.js').Message} message
 * @returns {RoomModel}
 */
export function receive(room, { type, data }) {
  switch (type) {
    case 'config': return { ...room, config: data };
    case 'streams': return { ...room, streams: data ?? {} };
    case 'layout': return { ...room, layout: data };
    case 'notes': return { ...room, notes: Array.isArray(data) ? data : [] };
    case 'talks': return { ...room, talks: data ?? {} };
    case 'room': return { ...room, room: data };
    case 'presence': return { ...room, presence: Array.isArray(data) ? data : [] };
    case 'log': {
      // The last hundred when one asks, then each entry by itself.
      const known = new Map(room.log.map((entry) => [entry.rev, entry]));
      for (const entry of Array.isArray(data) ? data : []) known.set(entry.rev, entry);
      const log = [...known.values()].sort((a, b) => (a.rev ?? 0) - (b.rev ?? 0));
      return { ...room, log: log.slice(-LOG_LENGTH) };
    }
    case 'state': {
      const previous = room.known ? [...room.previous, room.state].slice(-UNDO_LENGTH) : [];
      return { ...room, state: data ?? {}, previous, known: true };
    }
    default: return room;
  }
}

/** The raw streams that this room may use. @param {RoomModel} room */
export function rawStreams(room) {
  const media = room.config?.media;
  const names = Array.isArray(media) && media.length > 1
    ? new Set(media.map((entry) => entry?.name)) : null;
  return Object.values(room.streams)
    .filter((stream) => stream.origin !== 'mixed' && (!names || names.has(stream.name)));
}

/**
 * The streams of the operators' page, in the order that all of them share.
 * Without a layout, and for one that is not ours: all by name, pictures first.
 * @param {RoomModel} room
 * @returns {Stream[]}
 */
export function orderedStreams(room) {
  const raw = rawStreams(room);
  const layout = layoutNames(room);
  if (layout.length) {
    const byName = new Map(raw.map((stream) => [stream.name, stream]));
    const chosen = layout.map((name) => byName.get(name)).filter((stream) => stream !== undefined);
    if (chosen.length) return chosen;
  }
  const sounds = (/** @type {Stream} */ stream) => Number(!hasPicture(stream));
  return raw.sort((a, b) => sounds(a) - sounds(b) || a.name.localeCompare(b.name));
}

/** @param {RoomModel} room @returns {string[]} */
function layoutNames(room) {
  return Array.isArray(room.layout) ? room.layout.filter((name) => typeof name === 'string') : [];
}

/** Streams that the page does not show. @param {RoomModel} room */
export function otherStreams(room) {
  const shown = new Set(orderedStreams(room));
  return rawStreams(room).filter((stream) => !shown.has(stream));
}

/** @param {Stream} stream */
export const hasPicture = (stream) => stream.type !== 'audio';
/** @param {Stream} stream */
export const hasSound = (stream) => stream.type !== 'video';

/**
 * @param {RoomModel} room
 * @param {string} name
 * @param {MixState | null} next what would go on air with a take
 * @returns {{program: boolean, next: boolean}}
 */
export function tallyOf(room, name, next) {
  return {
    program: shownIn(room.state).includes(name),
    next: next ? shownIn(next).includes(name) : false,
  };
}

/**
 * The path of a stream on this server, so that the session cookie goes along.
 * @param {string | undefined} url
 * @param {string} [kind] webm, mjpg, jpg
 */
export function mediaPath(url, kind = 'webm') {
  if (!url) return '';
  try {
    const { pathname } = new URL(url, 'http://localhost');
    return pathname.replace(/\.\w+$/, `.${kind}`);
  } catch {
    return '';
  }
}

/** The mixed output of a room in the list of streams.
 * @param {Record<string, Stream>} streams @param {{output_stream?: string}} entry */
export function outputOf(streams, entry) {
  return entry.output_stream ? streams[entry.output_stream] : undefined;
}
