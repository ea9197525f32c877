// SPDX-License-Identifier: LGPL-2.1-or-later
// The first module: what the address wants and what every page needs come side by
// side, and not one after the other.
import { match } from './lib/router.js';
import { VIEWS } from './views.js';

VIEWS[match(location.pathname).page]().catch(() => {});
import('./app.js').catch((error) => {
  document.getElementById('app')?.append('Dais could not be loaded. Is the server still there?');
  console.error(error);
});
