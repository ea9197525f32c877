// SPDX-License-Identifier: LGPL-2.1-or-later
// <dais-preview src alt>: a small moving picture, fetched only while it is seen.
import { fetchOnePicture } from '../lib/jpeg-parts.js';
import { PreviewPool } from '../lib/previews.js';

const pool = new PreviewPool(fetchOnePicture);
document.addEventListener('visibilitychange', () => pool.pause(document.hidden));

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    /** @type {DaisPreview} */ (entry.target).visible(entry.isIntersecting);
  }
}, { rootMargin: '64px' });

export class DaisPreview extends HTMLElement {
  static observedAttributes = ['src', 'alt', 'place'];

  #image = document.createElement('img');
  #blob = '';
  #visible = false;
  /** @type {import('../lib/previews.js').Preview | null} */ #preview = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;

  connectedCallback() {
    this.#image.decoding = 'async';
    this.#image.draggable = false;
    this.#image.onload = () => this.classList.add('has-picture');
    this.#image.onerror = () => this.#lost();
    this.append(this.#image);
    seen.observe(this);
  }

  disconnectedCallback() {
    seen.unobserve(this);
    this.visible(false);
    this.#release();
    this.#image.remove();
  }

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === 'alt') {
      this.#image.alt = value ?? '';
    } else if (name === 'place') {
      // Through the object model: the security policy forbids style attributes.
      const [x, y, width, height] = (value ?? '').split(' ').map(Number);
      Object.assign(this.style, value
        ? { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` }
        : { left: '', top: '', width: '', height: '' });
    } else {
      this.classList.remove('has-picture');
      this.#restart();
    }
  }

  /** @param {boolean} visible */
  visible(visible) {
    this.#visible = visible;
    this.#restart();
  }

  #restart() {
    clearTimeout(this.#retry);
    if (this.#preview) pool.remove(this.#preview);
    this.#preview = null;
    const url = this.getAttribute('src');
    if (!url || !this.#visible || !this.isConnected) return;
    this.#preview = {
      url,
      stream: (source) => {
        this.#release();
        if (source) this.#image.src = source;
        else this.#image.removeAttribute('src');
      },
      picture: (blob) => {
        const before = this.#blob;
        this.#blob = URL.createObjectURL(blob);
        this.#image.src = this.#blob;
        if (before) URL.revokeObjectURL(before);
      },
      lost: () => this.classList.remove('has-picture'),
    };
    pool.add(this.#preview);
  }

  #lost() {
    if (!this.#image.getAttribute('src')) return;
    this.classList.remove('has-picture');
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#restart(), 1500);
  }

  #release() {
    if (this.#blob) URL.revokeObjectURL(this.#blob);
    this.#blob = '';
  }
}

customElements.define('dais-preview', DaisPreview);
