// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-meter>: a level with its held peak. All meters of a page are drawn in one
// animation frame; only transforms change, so nothing is laid out again.
import { position } from '../lib/levels.js';

/** @type {Set<DaisMeter>} */
const all = new Set();
let running = false;

function frame() {
  for (const meter of all) meter.draw();
  running = all.size > 0 && !document.hidden;
  if (running) requestAnimationFrame(frame);
}

function run() {
  if (running || all.size === 0 || document.hidden) return;
  running = true;
  requestAnimationFrame(frame);
}
document.addEventListener('visibilitychange', run);

export class DaisMeter extends HTMLElement {
  static observedAttributes = ['label'];

  /** Set by the template: where the levels come from. @type {import('../lib/levels.js').Meters | null} */
  meters = null;
  /** A stream's name, "" = the mix. */
  of = '';
  #cover = document.createElement('span');
  #held = document.createElement('span');
  #spokenAt = 0;

  connectedCallback() {
    this.#cover.className = 'meter-cover';
    this.#held.className = 'meter-held';
    this.append(this.#cover, this.#held);
    this.setAttribute('role', 'meter');
    this.setAttribute('aria-valuemin', '-60');
    this.setAttribute('aria-valuemax', '0');
    this.setAttribute('aria-valuenow', '-60');
    all.add(this);
    run();
  }

  disconnectedCallback() {
    all.delete(this);
    this.replaceChildren();
  }

  /** @param {string} _name @param {string | null} _old @param {string | null} value */
  attributeChangedCallback(_name, _old, value) {
    this.setAttribute('aria-label', value ?? '');
  }

  draw() {
    if (!this.meters) return;
    const { shown, held, peak } = this.meters.read(this.of);
    this.#cover.style.transform = `scaleX(${1 - position(shown)})`;
    this.#held.style.transform = `translateX(${position(held) * 100}%)`;
    this.#held.style.opacity = position(held) > 0 ? '1' : '0';
    const now = performance.now();
    if (now - this.#spokenAt < 1000) return;
    this.#spokenAt = now;
    const value = String(Math.round(Math.max(-60, Math.min(0, peak))));
    this.setAttribute('aria-valuenow', value);
    this.setAttribute('aria-valuetext', `${value} dBFS`);
  }
}

customElements.define('dais-meter', DaisMeter);
