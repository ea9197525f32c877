// SPDX-License-Identifier: LGPL-2.1-or-later
/** node:test's timers under our hand; Node 18 takes a list, later ones an object. */
export function holdTimers(t, apis = ['setTimeout']) {
  try {
    t.mock.timers.enable({ apis });
  } catch {
    t.mock.timers.enable(apis);
  }
}
