// SPDX-License-Identifier: LGPL-2.1-or-later
// The top of every page: where one is, whether the server is there, who one is.
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';
import { may, signOut } from '../lib/session.js';
import { applyTheme, isLight } from '../lib/theme.js';
import { icon } from './icons.js';
import { say } from './toast.js';

/** Whether the pages are unfolded where they stand behind a button. */
let isOpen = false;

/**
 * @typedef {import('../app.js').View} View
 * @param {{session: import('../lib/session.js').Session | null,
 *   route: import('../lib/router.js').Route, view: View, update: () => void,
 *   signedIn: (session: null) => void}} options
 */
export function bar({ session, route, view, update, signedIn }) {
  const status = view.status?.() ?? 'open';
  const lost = status === 'lost';
  const leave = () => signOut().then(() => signedIn(null),
    (error) => say(update, error.message, { bad: true }));
  /** @param {boolean} open */
  const unfold = (open) => {
    if (isOpen === open) return;
    isOpen = open;
    update();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') unfold(false);
  };
  const onBlur = (/** @type {FocusEvent} */ event) => {
    const header = /** @type {HTMLElement} */ (event.currentTarget);
    if (!header.contains(/** @type {Node | null} */ (event.relatedTarget))) unfold(false);
  };
  return html`<header class="bar ${lost ? 'lost' : ''} ${view.bar ? 'own' : ''}" @keydown=${onKey} @focusout=${onBlur}>
    ${session ? html`<button class="button quiet icon menu-button" aria-label=${_('Menu')} aria-expanded=${isOpen}
      aria-controls="pages" @click=${() => unfold(!isOpen)}>${icon('menu')}</button>` : ''}
    <a class="brand" href="/" aria-label=${_('Dais, all rooms')}>
      <img src="/web/icon.svg" alt="" width="28" height="28"><span>Dais</span></a>
    ${session ? pages(session, route, () => unfold(false)) : ''}
    ${lost
      ? html`<strong class="grow" role="alert">${
        _('Connection lost. Controls are locked; trying again by itself.')}</strong>`
      : html`<div class="grow row bar-view">${view.bar?.() ?? ''}</div>`}
    <button class="button quiet icon look" aria-label=${isLight() ? _('Use dark colours') : _('Use light colours')}
      @click=${() => { applyTheme(isLight() ? 'dark' : 'light'); update(); }}>
      ${icon(isLight() ? 'moon' : 'sun')}</button>
    ${session
      ? html`<a class="button quiet who" href="/settings/account"
          aria-label=${fill(_('Account of {name}'), { name: session.username })}><span class="truncate">${session.username}</span></a>
        <button class="button quiet icon" aria-label=${fill(_('Sign out {name}'), { name: session.username })}
          @click=${leave}>${icon('out')}</button>`
      : ''}
  </header>`;
}

/**
 * @param {import('../lib/session.js').Session} session
 * @param {import('../lib/router.js').Route} route
 * @param {() => void} onChosen
 */
function pages(session, route, onChosen) {
  const links = [
    { page: 'rooms', href: '/', text: _('Rooms'), shown: true },
    { page: 'party', href: '/room/', text: _('Watch together'), shown: session.doors.includes('party') },
    { page: 'help', href: '/help', text: _('Help desk'), shown: session.doors.includes('help') },
    { page: 'members', href: '/members', text: _('Members'), shown: session.doors.includes('members') },
    { page: 'settings', href: '/settings', text: may(session, 'manage') ? _('Settings') : _('Account'), shown: true },
  ];
  return html`<nav class="pages ${isOpen ? 'open' : ''}" id="pages" aria-label=${_('Pages')} @click=${onChosen}>
    ${links.filter(({ shown }) => shown).map(({ page, href, text }) => html`
      <a class="button quiet" href=${href} aria-current=${page === route.page ? 'page' : 'false'}>${text}</a>`)}
  </nav>`;
}
