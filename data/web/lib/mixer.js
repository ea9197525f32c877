// SPDX-License-Identifier: LGPL-2.1-or-later
// What an operator does: choose, take, blank, undo, and the sound. Nothing here
// changes what is shown as on air; only the server's own state does.
import { isHeard, pictureOf, place, samePicture, sceneOf, withScene } from './scene.js';

/**
 * @typedef {import('./scene.js').MixState} MixState
 * @typedef {import('./scene.js').SceneName} SceneName
 * @typedef {{kind: 'cut' | 'fade', ms: number}} Transition
 * @typedef {{room: import('./room.js').RoomModel, ready: boolean,
 *   write: (change: any) => Promise<any>}} Link
 */

/** While a fader is dragged, a change goes out at most this often. */
const FADER_INTERVAL = 80;

export class Mixer {
  /** 'preset': choices go to the next picture and Take puts it on air.
   * @type {'preset' | 'direct'} */
  mode = 'preset';
  /** @type {MixState | null} */ next = null;
  /** @type {Transition} */ transition = { kind: 'cut', ms: 500 };
  /** What has been sent and is not confirmed yet. @type {Set<string>} */
  pending = new Set();
  /** Faders under a finger. @type {Map<string, number>} */
  held = new Map();
  /** @type {MixState | null} */ #beforeBlank = null;
  /** @type {Map<string, {timer: any, write: () => void}>} */ #faders = new Map();

  /**
   * @param {Link} link
   * @param {() => void} update
   * @param {(error: Error) => void} fail
   */
  constructor(link, update, fail) {
    this.link = link;
    this.update = update;
    this.fail = fail;
  }

  get state() {
    return this.link.room.state;
  }

  /** The picture that a choice changes. */
  get edited() {
    return this.mode === 'direct' ? this.state : this.next ?? this.state;
  }

  /** @param {'preset' | 'direct'} mode */
  setMode(mode) {
    this.mode = mode;
    if (mode === 'direct') this.next = null;
    this.update();
  }

  /** @param {string} name @param {'main' | 'second'} [where] */
  choose(name, where = 'main') {
    return this.#picture(place(this.edited, name, where), `source:${name}`);
  }

  /** @param {SceneName} scene @param {string[]} names @param {import('./scene.js').Corner} [corner] */
  chooseScene(scene, names, corner) {
    return this.#picture(withScene(this.edited, scene, names, corner), `scene:${scene}:${corner ?? ''}`);
  }

  /** @param {number} size share of the width */
  setPipSize(size) {
    return this.#picture({ ...pictureOf(this.edited), pip_size: size }, 'pip-size');
  }

  /** Puts the next picture on air; what was on air becomes the next one. */
  take() {
    if (!this.next) return Promise.resolve();
    const before = pictureOf(this.state);
    const taken = this.next;
    return this.#send({ ...taken, transition: this.transition }, 'take').then((done) => {
      if (done && this.next === taken) this.next = before;
      this.update();
    });
  }

  /** Blank, and back to what was there before. */
  blank() {
    if (sceneOf(this.state) === 'blank') {
      const back = this.#beforeBlank ?? this.#lastPicture();
      return this.#send({ ...(back ?? withScene(this.state, 'full', [])), transition: this.transition }, 'blank');
    }
    this.#beforeBlank = pictureOf(this.state);
    return this.#send({ scene: 'blank', transition: this.transition }, 'blank');
  }

  /** Earlier states, the oldest first: what the log tells, for a page that was just
   * opened, and what this page has seen since. */
  #earlier() {
    const { log, previous } = this.link.room;
    const logged = log.filter(({ kind, data }) => kind === 'state' && data).map(({ data }) => data);
    return /** @type {MixState[]} */ ([...logged, ...previous]);
  }

  /** The picture before the present one. */
  get undoable() {
    const found = this.#earlier().findLast((state) => !samePicture(state, this.state));
    return found ? pictureOf(found) : null;
  }

  undo() {
    const picture = this.undoable;
    if (!picture) return Promise.resolve();
    return this.#send({ ...picture, transition: { kind: 'cut', ms: 0 } }, 'undo');
  }

  /** Whether a stream belongs to the sound at all, muted or not. @param {string} name */
  inSound(name) {
    return this.state.audio === name || name in (this.state.volumes ?? {});
  }

  /** @param {string} name */
  addSound(name) {
    const change = this.state.audio
      ? { volumes: { [name]: 1 } } : { audio: name };
    const mutes = this.state.mutes?.filter((other) => other !== name);
    return this.#send(mutes?.length !== this.state.mutes?.length ? { ...change, mutes } : change, `sound:${name}`);
  }

  /** @param {string} name */
  removeSound(name) {
    const volumes = { [name]: null };
    return this.#send(this.state.audio === name ? { audio: null, volumes } : { volumes }, `sound:${name}`);
  }

  /** @param {string} name */
  toggleMute(name) {
    const mutes = this.state.mutes ?? [];
    return this.#send({
      mutes: mutes.includes(name) ? mutes.filter((other) => other !== name) : [...mutes, name],
    }, `mute:${name}`);
  }

  /**
   * @param {string} name "" = the master
   * @param {number} gain
   * @param {boolean} done the finger is off
   */
  setVolume(name, gain, done) {
    const key = `volume:${name}`;
    // The server merges volumes by name, so two operators may move two faders.
    const write = () => this.#send(name ? { volumes: { [name]: gain } } : { master: gain }, key);
    const waiting = this.#faders.get(key);
    if (done) {
      clearTimeout(waiting?.timer);
      this.#faders.delete(key);
      return write().then(() => {
        this.held.delete(name);
        this.update();
      });
    }
    this.held.set(name, gain);
    this.update();
    if (waiting) {
      waiting.write = write;
    } else {
      const entry = {
        write,
        timer: setTimeout(() => {
          this.#faders.delete(key);
          entry.write();
        }, FADER_INTERVAL),
      };
      this.#faders.set(key, entry);
    }
    return Promise.resolve();
  }

  /** @param {string} name */
  isHeard(name) {
    return isHeard(this.state, name);
  }

  #lastPicture() {
    const found = this.#earlier().findLast((state) => sceneOf(state) !== 'blank');
    return found ? pictureOf(found) : null;
  }

  /** @param {MixState} picture @param {string} key */
  #picture(picture, key) {
    if (this.mode === 'preset') {
      this.next = picture;
      this.update();
      return Promise.resolve();
    }
    return this.#send({ ...picture, transition: this.transition }, key);
  }

  /**
   * @param {any} change
   * @param {string} key
   * @returns {Promise<boolean>} whether the server took it
   */
  async #send(change, key) {
    if (!this.link.ready) return false;
    this.pending.add(key);
    this.update();
    try {
      await this.link.write(change);
      return true;
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
      return false;
    } finally {
      this.pending.delete(key);
      this.update();
    }
  }
}
