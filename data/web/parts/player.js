// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-player src label muted>: a live picture with words about what it does.
import { _ } from '../lib/i18n.js';
import { LivePlayer } from '../lib/player.js';

export class DaisPlayer extends HTMLElement {
  static observedAttributes = ['src', 'label', 'muted'];

  video = document.createElement('video');
  #words = document.createElement('p');
  #player = new LivePlayer(this.video, (state) => this.#show(state));

  connectedCallback() {
    this.video.playsInline = true;
    this.video.disablePictureInPicture = false;
    this.#words.className = 'player-words';
    this.append(this.video, this.#words);
    this.video.onclick = () => this.#player.play();
    this.#open();
  }

  disconnectedCallback() {
    this.#player.close();
    this.replaceChildren();
  }

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (name === 'label') this.video.setAttribute('aria-label', value ?? '');
    else if (name === 'muted') this.video.muted = value !== null;
    else if (old !== value && this.isConnected) this.#open();
  }

  #open() {
    this.#player.open(this.getAttribute('src') ?? '');
  }

  /** @param {import('../lib/player.js').PlayerState} state */
  #show(state) {
    const words = {
      idle: '', playing: '', waiting: '',
      connecting: _('Connecting …'),
      lost: _('No picture at present. Trying again …'),
      blocked: _('Press here to play'),
    };
    this.dataset.state = state;
    this.#words.textContent = words[state];
    this.dispatchEvent(new CustomEvent('playerstate', { detail: state, bubbles: true }));
  }
}

customElements.define('dais-player', DaisPlayer);
