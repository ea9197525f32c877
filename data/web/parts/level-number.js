// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-level kind="held|short">: the level of the mix as a number, four times a second.
import { decibels } from '../lib/format.js';
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
    const db = level ? (this.getAttribute('kind') === 'short' ? level.short : level.held) : FLOOR;
    this.textContent = decibels(db <= FLOOR ? -Infinity : db, Number.isFinite(db) && db > FLOOR ? 1 : 0);
    this.classList.toggle('too-loud', db > -1);
  }
}

customElements.define('dais-level', DaisLevel);
