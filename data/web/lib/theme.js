// SPDX-License-Identifier: LGPL-2.1-or-later
// Dark or light: the system's wish, or the reader's own. Kept in this browser only.

/** @typedef {'system' | 'dark' | 'light'} Theme */

const KEY = 'dais.theme';
const MEDIA = { system: '(prefers-color-scheme: light)', dark: 'not all', light: 'all' };

/** @returns {Theme} */
export function currentTheme() {
  const kept = localStorage.getItem(KEY);
  return kept === 'dark' || kept === 'light' ? kept : 'system';
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  const link = /** @type {HTMLLinkElement | null} */ (document.getElementById('light'));
  if (link) link.media = MEDIA[theme];
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
}

/** Whether light colours show at present. */
export function isLight() {
  const theme = currentTheme();
  return theme === 'light' || (theme === 'system' && matchMedia(MEDIA.system).matches);
}
