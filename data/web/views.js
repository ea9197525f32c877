// SPDX-License-Identifier: LGPL-2.1-or-later
// The pages by their name in lib/router.js; each comes when it is first wanted.

/** @type {Record<string, () => Promise<{create: (context: import('./app.js').Context) => import('./app.js').View}>>} */
export const VIEWS = {
  rooms: () => import('./views/rooms.js'),
  mixer: () => import('./views/mixer.js'),
  watch: () => import('./views/watch.js'),
  settings: () => import('./views/settings.js'),
  party: () => import('./views/party.js'),
  help: () => import('./views/help.js'),
  members: () => import('./views/members.js'),
  signin: () => import('./views/signin.js'),
  missing: () => import('./views/missing.js'),
};
