// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * @typedef {{page: string, params: Record<string, string>, query: URLSearchParams}} Route
 */

/** @type {[string, RegExp][]} */
const ROUTES = [
  ['rooms', /^\/$/],
  ['mixer', /^\/mix\/(?<room>[^/]+)\/?$/],
  ['watch', /^\/watch\/(?<room>[^/]+)\/?$/],
  ['party', /^\/(?:room|party)\/?$/],
  ['help', /^\/help\/?$/],
  ['members', /^\/members\/?$/],
  ['settings', /^\/settings(?:\/(?<tab>[a-z]+))?\/?$/],
];

/**
 * @param {string} path
 * @param {string} [search]
 * @returns {Route}
 */
export function match(path, search = '') {
  for (const [page, pattern] of ROUTES) {
    const found = pattern.exec(path);
    if (!found) continue;
    /** @type {Record<string, string>} */
    const params = {};
    for (const [key, value] of Object.entries(found.groups ?? {})) {
      if (value !== undefined) params[key] = safeDecode(value);
    }
    return { page, params, query: new URLSearchParams(search) };
  }
  return { page: 'missing', params: {}, query: new URLSearchParams(search) };
}

/** @param {string} text */
function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Follows clicks on links of ours and the browser's own back and forth.
 * @param {(route: Route) => void} onRoute
 */
export function startRouter(onRoute) {
  let shown = '';
  /** @param {Event} [event] */
  const go = (event) => {
    const path = location.pathname + location.search;
    // The browser's own event for "#main" is no change of the page.
    if (event?.isTrusted && path === shown) return;
    shown = path;
    onRoute(match(location.pathname, location.search));
  };
  addEventListener('popstate', go);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest?.('a[href]');
    if (!(link instanceof HTMLAnchorElement) || link.target || link.download) return;
    // A place on the same page is the browser's own to go to.
    if (link.hash && link.pathname === location.pathname) return;
    if (link.origin !== location.origin || match(link.pathname).page === 'missing') return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
  go();
}

/** @param {string} path */
export function navigate(path) {
  if (path !== location.pathname + location.search) history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}
