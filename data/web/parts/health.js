// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { _, fill } from '../lib/i18n.js';

/**
 * How a source is, in a word; the reason on hover and for a screen reader.
 * @param {import('../lib/room.js').Stream | undefined} stream
 * @param {boolean} [silent] it should be heard and is not
 */
export function healthBadge(stream, silent = false) {
  const state = stream?.health?.state;
  if (state === 'lost') {
    const why = stream?.health?.error || _('no signal');
    return html`<span class="badge bad" title=${why}>${_('Lost')}<span class="unseen">: ${why}</span></span>`;
  }
  if (state === 'connecting') {
    const why = stream?.health?.error ?? '';
    return html`<span class="badge warn" title=${why}>${_('Connecting')}</span>`;
  }
  if (silent) {
    return html`<span class="badge warn" title=${_('No sound for more than ten seconds')}>${_('Silent')}</span>`;
  }
  if (state === 'live') return html`<span class="badge good" title=${
    stream?.health?.fps ? fill(_('{n} pictures a second'), { n: Math.round(stream.health.fps) }) : ''
  }>${_('Live')}</span>`;
  return '';
}
