// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The fields of a form as text, trimmed.
 * @param {Event} event
 * @returns {Record<string, string>}
 */
export function fieldsOf(event) {
  const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
  /** @type {Record<string, string>} */
  const fields = {};
  for (const [key, value] of data) if (typeof value === 'string') fields[key] = value.trim();
  return fields;
}

/** All values of a field of many. @param {Event} event @param {string} name */
export function valuesOf(event, name) {
  return new FormData(/** @type {HTMLFormElement} */ (event.target)).getAll(name).map(String);
}

/** An address without the password in it, for the screen. @param {string} uri */
export function withoutSecret(uri) {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/\s]*):[^@/\s]*@/i, '$1:•••@');
}

/**
 * Kind of source behind an address, for a first word about it.
 * @param {string} uri
 */
export function schemeOf(uri) {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1].toLowerCase() ?? '';
}
