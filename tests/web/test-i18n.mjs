// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { _, chooseLanguage, fill, ngettext, useCatalogue } = await import(`${web}/lib/i18n.js`);

test('the first language that there is wins', () => {
  assert.equal(chooseLanguage(['de-AT', 'en']), 'de');
  assert.equal(chooseLanguage(['fr', 'de']), 'de');
  assert.equal(chooseLanguage(['en-GB', 'de']), 'en');
  assert.equal(chooseLanguage(['fr']), 'en');
  assert.equal(chooseLanguage([]), 'en');
});

test('without a catalogue the message itself is shown', () => {
  useCatalogue('en', {});
  assert.equal(_('Take'), 'Take');
  assert.equal(ngettext('{n} person', '{n} people', 1), '{n} person');
  assert.equal(ngettext('{n} person', '{n} people', 0), '{n} people');
});

test('a catalogue translates, plurals by its table', () => {
  useCatalogue('de', { '': '10'.padEnd(200, '1'), Take: 'Schalten', '{n} person': ['{n} Person', '{n} Personen'] });
  assert.equal(_('Take'), 'Schalten');
  assert.equal(_('not there'), 'not there');
  assert.equal(ngettext('{n} person', '{n} people', 1), '{n} Person');
  assert.equal(ngettext('{n} person', '{n} people', 1001), '{n} Personen');
  useCatalogue('en', {});
});

test('places are filled wherever they stand', () => {
  assert.equal(fill('{b} and {a} and {c}', { a: 1, b: 'x' }), 'x and 1 and {c}');
});
