// SPDX-License-Identifier: LGPL-2.1-or-later
// Translations: gettext's messages, made into JSON by the build (po-to-json.py).

/** Languages that have a complete catalogue beside English. */
export const LANGUAGES = ['de'];

const KEY = 'dais.language';

/** What the reader has chosen in this browser, "" = what the browser says. */
export const keptLanguage = () => localStorage.getItem(KEY) ?? '';

/** @param {string} tag "" = forget it */
export function keepLanguage(tag) {
  if (tag) localStorage.setItem(KEY, tag);
  else localStorage.removeItem(KEY);
}

/** A language in its own words. @param {string} tag */
export const languageName = (tag) => new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag;

/** @type {Record<string, string | string[]>} */
let catalogue = {};
let language = 'en';

/** @param {readonly string[]} wanted as navigator.languages gives them */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en') return 'en';
    if (LANGUAGES.includes(base)) return base;
  }
  return 'en';
}

/**
 * @param {string} lang a member of LANGUAGES or "en"
 * @param {Record<string, string | string[]>} messages
 */
export function useCatalogue(lang, messages) {
  language = lang;
  catalogue = messages;
}

/** The tag for Intl: the reader's own region where the language agrees. */
export function locale() {
  const own = globalThis.navigator?.languages ?? [];
  return own.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

/** @param {string} message */
export function _(message) {
  const found = catalogue[message];
  return typeof found === 'string' && found ? found : message;
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} n
 */
export function ngettext(one, many, n) {
  const forms = catalogue[one];
  const rules = catalogue[''];
  if (!Array.isArray(forms) || typeof rules !== 'string') return n === 1 ? one : many;
  const index = Number(rules[n < 200 ? n : 100 + (n % 100)]);
  return forms[index] ?? (n === 1 ? one : many);
}

/**
 * Puts values into "{name}" places, which a translator may move about.
 * @param {string} message
 * @param {Record<string, string | number>} values
 */
export function fill(message, values) {
  return message.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}
