// SPDX-License-Identifier: LGPL-2.1-or-later
// Streams, rooms and users, for those who may manage them; one's own account for all.
import { html } from '../vendor/lit-html.js';
import { _ } from '../lib/i18n.js';
import { may } from '../lib/session.js';
import { createAccountSettings } from '../parts/settings-account.js';
import { createRoomSettings } from '../parts/settings-rooms.js';
import { createStreamSettings } from '../parts/settings-streams.js';
import { createUserSettings } from '../parts/settings-users.js';

/**
 * @typedef {{template: () => unknown, leave?: () => void,
 *   status?: () => import('../lib/socket.js').SocketStatus}} Part
 */

/** @param {import('../app.js').Context} context @returns {import('../app.js').View} */
export function create({ session, route, update }) {
  const manages = may(session, 'manage');
  /** @type {Record<string, {name: string, allowed: boolean,
   *   create: (context: {session: typeof session, update: () => void}) => Part}>} */
  const tabs = {
    streams: { name: _('Streams'), allowed: manages, create: createStreamSettings },
    rooms: { name: _('Rooms'), allowed: manages, create: createRoomSettings },
    users: { name: _('Users'), allowed: may(session, 'admin'), create: createUserSettings },
    account: { name: _('Account'), allowed: true, create: createAccountSettings },
  };
  const tab = route.params.tab ?? (manages ? 'streams' : 'account');
  const part = Object.hasOwn(tabs, tab) && tabs[tab].allowed ? tabs[tab].create({ session, update }) : null;
  const shown = Object.entries(tabs).filter(([, { allowed }]) => allowed);

  return {
    title: () => _('Settings'),
    status: () => part?.status?.() ?? 'open',
    leave: () => part?.leave?.(),
    template: () => html`
      <div class="row page-head"><h1 class="grow">${_('Settings')}</h1>
        <nav class="choice" aria-label=${_('Kinds of settings')}>${shown.map(([id, { name }]) => html`
          <a class="button" href="/settings/${id}" aria-current=${id === tab ? 'page' : 'false'}>${name}</a>`)}</nav></div>
      ${part ? part.template() : html`<p class="notice bad">${_('Your account may not change the settings.')}</p>`}`,
  };
}
