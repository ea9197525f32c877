// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-level kind="held|loudness">: the level of the mix as a number, four times a second.
import { decibels, loudnessUnits } from '../lib/format.js';
import { FLOOR } from '../lib/levels.js';

export class DaisLevel extends HTMLElement {
  /** @type {import('../lib/levels.js').Meters | null} */ meters = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;

  connectedCallback() {
    this.#timer = setInterval(() => this.#draw(), 250);
    this.#draw();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #draw() {
    const level = this.meters?.read('');
    const isLoudness = this.getAttribute('kind') === 'loudness';
    const db = level ? (isLoudness ? level.loudness : level.held) : FLOOR;
    this.textContent = (isLoudness ? loudnessUnits : decibels)(db <= FLOOR ? -Infinity : db, 1);
    this.classList.toggle('too-loud', db > -1);
  }
}

customElements.define('dais-level', DaisLevel);
