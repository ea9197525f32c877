// SPDX-License-Identifier: LGPL-2.1-or-later
// The console's frame: session, language, one view at a time.
import { html, render } from './vendor/lit-html.js';
import { LANGUAGES, _, chooseLanguage, keptLanguage, useCatalogue } from './lib/i18n.js';
import { get } from './lib/api.js';
import { loadSession } from './lib/session.js';
import { navigate, startRouter } from './lib/router.js';
import { applyTheme, currentTheme } from './lib/theme.js';
import { createStore } from './lib/store.js';
import { bar } from './parts/bar.js';
import { toasts } from './parts/toast.js';
import { VIEWS } from './views.js';
import './parts/player.js';
import './parts/preview.js';

/**
 * @typedef {import('./lib/router.js').Route} Route
 * @typedef {import('./lib/session.js').Session} Session
 * @typedef {import('./lib/socket.js').SocketStatus} SocketStatus
 * @typedef {{
 *   title: () => string,
 *   template: () => unknown,
 *   bar?: () => unknown,
 *   status?: () => SocketStatus,
 *   wide?: boolean,
 *   leave?: () => void,
 * }} View
 * @typedef {{
 *   session: Session | null,
 *   route: Route,
 *   update: () => void,
 *   draw: () => void,
 *   signedIn: (session: Session | null) => void,
 * }} Context
 *   update: with the next frame; draw: at once, for what must be there before the
 *   next key is pressed
 */

/** Pages that somebody may open without an account, where the server lets them. */
const OPEN_PAGES = ['watch', 'party', 'missing'];

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const store = createStore(
  /** @type {{session: Session | null, route: Route | null, view: View | null, failure: string}} */ (
    { session: null, route: null, view: null, failure: '' }));
let due = false;
let turn = 0;

/** With the next frame; a page that nobody sees has none, and still must know. */
function update() {
  if (due) return;
  due = true;
  const run = () => {
    if (!due) return;
    due = false;
    draw();
  };
  requestAnimationFrame(run);
  setTimeout(run, 300);
}

function draw() {
  const { session, view, route, failure } = store.get();
  if (!view || !route) return;
  document.title = `${view.title()} · Dais`;
  render(html`
    <a class="skip unseen" href="#main">${_('Skip to the content')}</a>
    ${bar({ session, route, view, update, signedIn })}
    ${failure ? html`<p class="notice bad page" role="alert">${failure}</p>` : ''}
    <main id="main" tabindex="-1" class=${view.wide ? 'wide' : 'page'}>${view.template()}</main>
    ${toasts()}`, root);
}

/** @param {Route} route */
async function show(route) {
  const mine = (turn += 1);
  const { session, view: old } = store.get();
  const wanted = route.page in VIEWS ? route.page : 'missing';
  const asked = route.query.has('signin');
  const page = !session && (asked || !OPEN_PAGES.includes(wanted)) ? 'signin' : wanted;
  try {
    const module = await VIEWS[page]();
    if (mine !== turn) return;
    old?.leave?.();
    const view = module.create({ session, route, update, draw, signedIn });
    store.set({ route, view, failure: '' });
    if (old) {
      window.scrollTo(0, 0);
      draw();
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  } catch (error) {
    store.set({ failure: _('This page could not be loaded. Is the server still there?') });
    console.error(error);
  }
}

/** The address without "?signin", which had asked for the form. */
function withoutQuestion() {
  const query = new URLSearchParams(location.search);
  query.delete('signin');
  return location.pathname + (query.size ? `?${query}` : '');
}

/** @param {Session | null} session */
function signedIn(session) {
  store.set({ session });
  if (session) navigate(withoutQuestion());
  else navigate('/');
}

async function start() {
  applyTheme(currentTheme());
  const language = chooseLanguage([keptLanguage(), ...navigator.languages].filter(Boolean));
  document.documentElement.lang = language;
  const [messages, session] = await Promise.all([
    LANGUAGES.includes(language) ? get(`/web/lang/${language}.json`).catch(() => ({})) : {},
    loadSession().catch(() => null),
  ]);
  useCatalogue(language, messages);
  store.set({ session });
  store.subscribe(update);
  startRouter(show);
}

start();
