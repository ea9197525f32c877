// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-preview src alt place>: a small moving picture, taken only while it is seen.
import { PreviewPool } from '../lib/previews.js';

const pool = new PreviewPool();
document.addEventListener('visibilitychange', () => pool.pause(document.hidden));

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    /** @type {DaisPreview} */ (entry.target).visible(entry.isIntersecting);
  }
}, { rootMargin: '64px' });

export class DaisPreview extends HTMLElement {
  static observedAttributes = ['src', 'alt', 'place'];

  #image = document.createElement('img');
  #shown = '';
  #next = '';
  #visible = false;
  /** The address that is taken at present. */ #taken = '';

  constructor() {
    super();
    this.#image.draggable = false;
    this.#image.onload = () => this.#drawn();
  }

  connectedCallback() {
    this.append(this.#image);
    seen.observe(this);
  }

  disconnectedCallback() {
    seen.unobserve(this);
    this.visible(false);
    this.#image.remove();
  }

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === 'alt') this.#image.alt = value ?? '';
    else if (name === 'place') this.#place(value);
    else this.#take();
  }

  /** @param {boolean} visible */
  visible(visible) {
    this.#visible = visible;
    this.#take();
  }

  #take() {
    const wanted = this.#visible && this.isConnected ? this.getAttribute('src') ?? '' : '';
    if (wanted === this.#taken) return;
    if (this.#taken) pool.remove(this.#taken, this);
    if (wanted) this.lost();
    this.#taken = wanted;
    if (wanted) pool.add(wanted, this);
  }

  /** @param {Blob} blob */
  picture(blob) {
    // One picture at a time: a machine that is slow shows fewer of them.
    if (this.#next) return;
    this.#next = URL.createObjectURL(blob);
    this.#image.src = this.#next;
  }

  #drawn() {
    URL.revokeObjectURL(this.#shown);
    this.#shown = this.#next;
    this.#next = '';
    this.classList.add('has-picture');
  }

  lost() {
    this.classList.remove('has-picture');
    URL.revokeObjectURL(this.#next);
    this.#next = '';
  }

  /** Through the object model: the security policy forbids style attributes.
   * @param {string | null} value shares of the picture around it: x y width height */
  #place(value) {
    const [left, top, width, height] = (value ?? '').split(' ').map((share) => share ? `${Number(share) * 100}%` : '');
    Object.assign(this.style, { left, top, width, height });
  }
}

customElements.define('dais-preview', DaisPreview);
