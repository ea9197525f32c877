// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The smallest thing that can hold a page's state: one immutable object, and
 * whoever wants to know hears of each change.
 * @template {object} T
 * @param {T} initial
 */
export function createStore(initial) {
  let state = initial;
  /** @type {Set<(state: T) => void>} */
  const listeners = new Set();

  return {
    get: () => state,
    /** @param {Partial<T>} patch */
    set(patch) {
      state = { ...state, ...patch };
      for (const listener of listeners) listener(state);
    },
    /**
     * @param {(state: T) => void} listener
     * @returns {() => void} stops it
     */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
