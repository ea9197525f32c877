// SPDX-License-Identifier: LGPL-2.1-or-later
import { html, svg } from '../vendor/lit-html.js';

const PATHS = {
  sun: svg`<circle cx="12" cy="12" r="4"/><path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2"/>`,
  moon: svg`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>`,
  mute: svg`<path d="M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6"/>`,
  sound: svg`<path d="M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12"/>`,
  undo: svg`<path d="M8 4 3 9l5 5M3 9h11a6 6 0 0 1 0 12h-4"/>`,
  help: svg`<path d="M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.5"/><circle cx="12" cy="12" r="10"/>`,
  menu: svg`<path d="M4 6h16M4 12h16M4 18h16"/>`,
  close: svg`<path d="m5 5 14 14M19 5 5 19"/>`,
  more: svg`<circle cx="5" cy="12" r="1.4"/><circle cx="12" cy="12" r="1.4"/><circle cx="19" cy="12" r="1.4"/>`,
  plus: svg`<path d="M12 4v16M4 12h16"/>`,
  bin: svg`<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"/>`,
  edit: svg`<path d="M4 20h4L20 8l-4-4L4 16z"/>`,
  people: svg`<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.6c2 .8 3.2 2.600 3.500 5.400"/>`,
  left: svg`<path d="m15 5-7 7 7 7"/>`,
  right: svg`<path d="m9 5 7 7-7 7"/>`,
  full: svg`<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>`,
  play: svg`<path d="M7 4v16l13-8z"/>`,
  pause: svg`<path d="M7 4v16M17 4v16"/>`,
  eye: svg`<path d="M2 12s3.500-7 10-7 10 7 10 7-3.500 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>`,
  faders: svg`<path d="M6 3v8M6 15v6M12 3v3M12 10v11M18 3v10M18 17v4M3.500 13h5M9.500 8h5M15.500 15h5"/>`,
  send: svg`<path d="m3 11 18-8-8 18-2.500-7.500z"/>`,
  bell: svg`<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/>`,
  out: svg`<path d="M10 4H5v16h5M14 8l4 4-4 4M8 12h10"/>`,
  image: svg`<rect x="3" y="4" width="18" height="16" rx="2"/><path d="m4 18 5-6 4 4 3-3 4 5"/><circle cx="15.500" cy="9" r="1.500"/>`,
};

/** A drawing beside words; it has no name of its own.
 * @param {keyof typeof PATHS} name */
export const icon = (name) => html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor"
  stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
  focusable="false">${PATHS[name]}</svg>`;
