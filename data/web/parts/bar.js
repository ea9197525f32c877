// SPDX-License-Identifier: LGPL-2.1-or-later
// The top of every page: where one is, whether the server is there, who one is.
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';
import { may, signOut } from '../lib/session.js';
import { applyTheme, isLight } from '../lib/theme.js';
import { icon } from './icons.js';
import { say } from './toast.js';

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
  return html`<header class="bar ${lost ? 'lost' : ''}">
    <a class="brand" href="/" aria-label=${_('Dais, all rooms')}>
      <img src="/web/icon.svg" alt="" width="28" height="28"><span>Dais</span></a>
    ${lost
      ? html`<strong class="grow" role="alert">${
        _('Connection lost. Controls are locked; trying again by itself.')}</strong>`
      : html`<div class="grow row bar-view">${view.bar?.() ?? pages(session, route)}</div>`}
    <button class="button quiet icon" aria-label=${isLight() ? _('Use dark colours') : _('Use light colours')}
      @click=${() => { applyTheme(isLight() ? 'dark' : 'light'); update(); }}>
      ${icon(isLight() ? 'moon' : 'sun')}</button>
    ${session
      ? html`<span class="who small soft truncate">${session.username}</span>
        <button class="button quiet icon" aria-label=${fill(_('Sign out {name}'), { name: session.username })}
          @click=${leave}>${icon('out')}</button>`
      : ''}
  </header>`;
}

/**
 * @param {import('../lib/session.js').Session | null} session
 * @param {import('../lib/router.js').Route} route
 */
function pages(session, route) {
  if (!session) return '';
  const links = [
    { page: 'rooms', href: '/', text: _('Rooms'), shown: true },
    { page: 'party', href: '/room/', text: _('Watch together'), shown: session.doors.includes('party') },
    { page: 'help', href: '/help', text: _('Help desk'), shown: session.doors.includes('help') },
    { page: 'members', href: '/members', text: _('Members'), shown: session.doors.includes('members') },
    { page: 'settings', href: '/settings', text: _('Settings'), shown: may(session, 'manage') },
  ];
  return html`<nav class="row" aria-label=${_('Pages')}>
    ${links.filter(({ shown }) => shown).map(({ page, href, text }) => html`
      <a class="button quiet" href=${href} aria-current=${page === route.page ? 'page' : 'false'}>${text}</a>`)}
  </nav>`;
}
