/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A browser and a daemon with coded cameras for a test; both end with it. */

import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = dirname (fileURLToPath (import.meta.url));

const CHROMIUM = process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find (existsSync);

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required', '--mute-audio'];

/** A context of Debian's Chromium with a profile of its own.
 * @param {object} [options] of Playwright's launchPersistentContext() */
export async function openBrowser (options = {}) {
  const profile = mkdtempSync (join (tmpdir (), 'dais-browser-'));
  const context = await chromium.launchPersistentContext (profile, {
    executablePath: CHROMIUM, args: FLAGS, chromiumSandbox: false, ...options });
  return {
    context,
    close: async () => {
      await context.close ();
      rmSync (profile, { recursive: true, force: true });
    },
  };
}

/** Starts tests/support/dais_stage.py.
 * @param {number} cameras how many coded cameras
 * @param {number} rooms how many rooms
 * @param {string} size width, height and rate; what is not about pictures is tested
 *   with small ones, so that a slow machine's time goes into the pages */
export async function openStage (cameras = 2, rooms = 1, size = '1280x720x30') {
  const child = spawn ('/usr/bin/python3',
    [join (HERE, '..', 'support', 'dais_stage.py'), String (cameras), String (rooms), size],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  const lines = createInterface ({ input: child.stdout })[Symbol.asyncIterator] ();
  const answer = async () => {
    const { value, done } = await lines.next ();
    if (done)
      throw new Error ('the stage ended');
    return JSON.parse (value);
  };
  const about = await answer ();
  /** @param {string} line what main() of dais_stage.py takes */
  const order = (line) => {
    child.stdin.write (`${line}\n`);
    return answer ();
  };
  return {
    ...about,
    order,
    roomUrl: (room, kind = 'webm') =>
      `${about.url}/streaming/mixed/${room}.${kind}?access_token=${about.token}`,
    cut: (room, camera) => {
      child.stdin.write (`cut ${room} ${camera}\n`);
      return answer ();
    },
    close: () => new Promise ((resolve, reject) => {
      child.once ('exit', (code) => code === 0 ? resolve () : reject (new Error (`the stage ended with ${code}`)));
      child.stdin.end ();
    }),
  };
}

/** Polls until a test gives something true.
 * @param {() => Promise<any>} test
 * @param {string} what for the message
 * @param {number} patience ms */
export async function waitFor (test, what, patience = 20000) {
  const end = Date.now () + patience;
  for (;;) {
    const got = await test ();
    if (got)
      return got;
    if (Date.now () > end)
      throw new Error (`no ${what} within ${patience} ms`);
    await new Promise ((resolve) => setTimeout (resolve, 30));
  }
}
