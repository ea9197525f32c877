// SPDX-License-Identifier: LGPL-2.1-or-later
// Watching in step, over the party contract. Where the common clock stands is
// known from the last word about it; each second the picture is compared with it.

/**
 * @typedef {{rate: number, jump: number | null}} Correction
 * @typedef {{content: string, username: string, timeStamp?: string, videoTime?: unknown}} PartyMessage
 * @typedef {{on: (event: string, run: (data: any) => void) => void,
 *   emit: (event: string, data?: any) => void, disconnect: () => void, connected: boolean}} PartySocket
 */

export const SMALL_DRIFT = 0.3; // seconds: mended by the playback rate
export const BIG_DRIFT = 2; // seconds: mended by a jump

/** Where everybody should be. */
export class PartyClock {
  time = 0;
  playing = false;
  #at = 0;

  /** @param {() => number} now seconds */
  constructor(now = () => performance.now() / 1000) {
    this.now = now;
    this.#at = now();
  }

  /** @param {number} time @param {boolean} [playing] */
  set(time, playing = this.playing) {
    this.time = time;
    this.playing = playing;
    this.#at = this.now();
  }

  /** Keeps the time and starts or stops it. @param {boolean} playing */
  run(playing) {
    this.set(this.position(), playing);
  }

  position() {
    return this.playing ? this.time + (this.now() - this.#at) : this.time;
  }
}

/**
 * @param {number} wanted seconds
 * @param {number} shown seconds
 * @param {boolean} playing
 * @returns {Correction}
 */
export function correct(wanted, shown, playing) {
  const drift = shown - wanted;
  if (Math.abs(drift) > BIG_DRIFT || (!playing && Math.abs(drift) > 0.05)) return { rate: 1, jump: wanted };
  if (Math.abs(drift) <= SMALL_DRIFT) return { rate: 1, jump: null };
  // Back in step within about ten seconds, without a change of pitch one hears.
  const rate = 1 - Math.sign(drift) * Math.min(0.08, Math.max(0.03, Math.abs(drift) / 10));
  return { rate, jump: null };
}

/** A time in any of the forms clients send: 12.5, "12.5", "1:02", "1:02:03".
 * @param {unknown} value @returns {number | null} */
export function secondsFrom(value) {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || !/^\d+(\.\d+)?$|^(\d+:)?\d+:\d{1,2}(\.\d+)?$/.test(value.trim())) return null;
  return value.trim().split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** What can be played here. @param {string} url @param {string} origin
 * @returns {{kind: 'live' | 'file' | 'elsewhere' | 'none', src: string}} */
export function playable(url, origin) {
  if (!url) return { kind: 'none', src: '' };
  try {
    const parsed = new URL(url, origin);
    // A party's video is whatever somebody typed; a script's address is no video.
    if (!/^https?:$/.test(parsed.protocol)) return { kind: 'none', src: '' };
    if (parsed.origin !== origin) return { kind: 'elsewhere', src: parsed.href };
    return {
      kind: parsed.pathname.startsWith('/streaming/') ? 'live' : 'file',
      src: parsed.pathname + parsed.search,
    };
  } catch {
    return { kind: 'none', src: '' };
  }
}

export class Party {
  clock = new PartyClock();
  videoUrl = '';
  /** @type {string[]} */ people = [];
  /** @type {PartyMessage[]} */ messages = [];
  /** @type {'joining' | 'in' | 'refused' | 'lost'} */ state = 'joining';
  /** @type {PartySocket | null} */ #socket = null;

  /**
   * @param {{roomname: string, roompass: string, username: string}} who
   * @param {() => void} update
   * @param {() => number} shownTime where the own picture stands
   */
  constructor(who, update, shownTime) {
    this.who = who;
    this.update = update;
    this.shownTime = shownTime;
  }

  /** @param {PartySocket} socket of socket.io-client */
  start(socket) {
    this.#socket = socket;
    /** @param {string} event @param {(data: any) => void} run */
    const on = (event, run) => socket.on(event, (data) => {
      run(data ?? {});
      this.update();
    });
    on('connect', () => {
      this.people = [];
      socket.emit('join', this.who);
    });
    on('disconnect', () => { if (this.state === 'in') this.state = 'lost'; });
    on('joinSuccess', () => {
      this.state = 'in';
      // Says that we are a later kind of client, which does not want to hear its
      // own play and pause again.
      socket.emit('requestVideoInfo');
    });
    on('joinError', () => { this.state = 'refused'; });
    // Nobody tells a newcomer who is here: whoever does something is.
    for (const event of ['userJoined', 'play', 'pause', 'videoChange', 'receivedMessage']) {
      on(event, ({ username }) => {
        if (username && !this.people.includes(username)) this.people = [...this.people, username];
      });
    }
    on('userLeft', ({ username }) => { this.people = this.people.filter((name) => name !== username); });
    on('videoChange', ({ videoUrl }) => {
      if (typeof videoUrl !== 'string' || videoUrl === this.videoUrl) return;
      this.videoUrl = videoUrl;
      this.clock.set(0);
    });
    on('play', ({ time, currTime }) => this.clock.set(secondsFrom(time ?? currTime) ?? this.clock.position(), true));
    on('pause', ({ pausedtime, pausedTime }) => {
      const time = secondsFrom(pausedtime ?? pausedTime);
      this.clock.set(time ?? this.clock.position(), false);
    });
    on('skipTo', ({ time, skipToTime }) => {
      const to = secondsFrom(time) ?? secondsFrom(skipToTime);
      if (to !== null) this.clock.set(to);
    });
    on('requestTime', () => socket.emit('currentTime', { time: this.shownTime() }));
    on('receivedMessage', (message) => {
      if (typeof message.content === 'string') this.messages = [...this.messages, message].slice(-300);
    });
  }

  stop() {
    this.#socket?.disconnect();
  }

  play() {
    this.clock.set(this.shownTime(), true);
    this.#socket?.emit('play', { time: this.shownTime() });
  }

  pause() {
    this.clock.set(this.shownTime(), false);
    this.#socket?.emit('pause', { pausedtime: this.shownTime() });
  }

  /** @param {number} time */
  skipTo(time) {
    this.clock.set(time);
    this.#socket?.emit('skipTo', { time, skipToTime: time });
  }

  /** @param {string} videoUrl */
  change(videoUrl) {
    this.#socket?.emit('videoChange', { videoUrl });
  }

  /** @param {string} content */
  say(content) {
    this.#socket?.emit('sendMessage', { content, videoTime: this.shownTime() });
    this.messages = [...this.messages, {
      content, username: this.who.username, timeStamp: new Date().toISOString(),
    }].slice(-300);
    this.update();
  }
}
