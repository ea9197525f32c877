// SPDX-License-Identifier: LGPL-2.1-or-later
// A short sound, and a notice on the desktop where it was allowed.

/** @type {AudioContext | null} */
let context = null;

function beep() {
  try {
    context ??= new AudioContext();
    const now = context.currentTime;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.setValueAtTime(660, now);
    tone.frequency.setValueAtTime(880, now + 0.12);
    volume.gain.setValueAtTime(0.12, now);
    volume.gain.exponentialRampToValueAtTime(0.001, now + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(now);
    tone.stop(now + 0.35);
  } catch { /* a browser without sound */ }
}

/** @param {string} title @param {string} body */
export function ring(title, body) {
  beep();
  if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(title, { body: body.slice(0, 120), icon: '/web/icon.svg', tag: 'dais-help' });
  }
}
