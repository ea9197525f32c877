// SPDX-License-Identifier: LGPL-2.1-or-later
// Streams, rooms and users, for those who may manage them.
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { createRoomSettings } from '../parts/settings-rooms.js';
import { createStreamSettings } from '../parts/settings-streams.js';
import { createUserSettings } from '../parts/settings-users.js';

/**
 * @typedef {{template: () => unknown, leave?: () => void,
 *   status?: () => import('../lib/socket.js').SocketStatus}} Part
 */

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update }) {
  const tab = route.params.tab ?? 'streams';
  const isAdmin = may(session, 'admin');
  const allowed = may(session, 'manage');
  /** @type {Record<string, (context: {session: typeof session, update: () => void}) => Part>} */
  const parts = {
    streams: createStreamSettings,
    rooms: createRoomSettings,
    users: createUserSettings,
  };
  const part = allowed && tab in parts
    ? parts[tab]({ session, update }) : null;

  const tabs = [
    { id: 'streams', name: _('Streams') },
    { id: 'rooms', name: _('Rooms') },
    ...(isAdmin ? [{ id: 'users', name: _('Users') }] : []),
  ];

  return {
    title: () => _('Settings'),
    status: () => part?.status?.() ?? 'open',
    leave: () => part?.leave?.(),
    template: () => html`
      <div class="row page-head"><h1 class="grow">${_('Settings')}</h1>
        <nav class="choice" aria-label=${_('Kinds of settings')}>${tabs.map(({ id, name }) => html`
          <a class="button" href="/settings/${id}" aria-current=${id === tab ? 'page' : 'false'}>${name}</a>`)}</nav></div>
      ${part ? part.template() : html`<p class="notice bad">${_('Your account may not change the settings.')}</p>`}`,
  };
}
