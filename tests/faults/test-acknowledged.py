#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 in the middle of a stream of changes through every way in. Whatever
was answered with success is there after the next start, the journal has no
gap, and the room shows what its state says."""
import os
import random
import signal
import sqlite3
import threading
import time

import dais_tap
from dais_client import Timeout
from dais_media import wait_until
from dais_stage import Stage

ROUNDS = 3 if os.environ.get('DAIS_TEST_SANITIZED') else 8
CAMERAS = 'Camera 1', 'Camera 2'


class Writer(threading.Thread):
    """Changes one thing again and again, until nobody answers any more."""

    def __init__(self, stage, first):
        super().__init__(daemon=True)
        self.dais, self.number = stage.dais, first
        self.acknowledged = []
        self.failure = None

    def run(self):
        try:
            while True:
                self.number += 1
                answer = self.write(self.number)
                if answer is None:
                    return
                self.acknowledged.append((self.number, answer))
        except (OSError, Timeout, ValueError):
            pass  # killed: this one is not acknowledged
        except BaseException as error:  # pylint: disable=broad-except
            self.failure = error  # told by the test

    def http(self, method, path, body, *good):
        answer = self.dais.request(method, path, body)
        assert answer.status in good, answer
        return answer.json if answer.body else {}


class Cuts(Writer):
    """Over a socket; the gain tells one from the other."""

    def run(self):
        try:
            self.socket = self.dais.watch('/room/room-1/watch')
        except (OSError, Timeout):
            return
        super().run()

    @staticmethod
    def state(number):
        return {'video': CAMERAS[number % 2], 'master': number / 10000}

    def write(self, number):
        answer = self.socket.ask('state', self.state(number), ident=number)
        assert answer['type'] == 'ok', answer
        return answer['rev']


class Layouts(Writer):
    def write(self, number):
        return self.http('PUT', '/room/room-1/layout', ['layout', number], 200)


class Notes(Writer):
    def write(self, number):
        note = self.http('POST', '/room/room-1/notes', {'text': f'note {number}'}, 200)
        if number % 3 == 0:
            return self.http('PUT', '/room/room-1/notes', {'id': note['id'], 'text': f'note {number} again'}, 200)
        return note


class Talks(Writer):
    def write(self, number):
        return self.http('PUT', '/room/room-1/talks', {'talk-id': f't{number}', 'title': f'Talk {number}'}, 200)


class Lists(Writer):
    """Streams and rooms come, change and go."""

    def write(self, number):
        name = f'Guest {number}'
        self.http('POST', '/streams', {'name': name, 'uri': 'test:ball'}, 201)
        room = self.http('POST', '/rooms', {'name': f'Annex {number}', 'streams': [name]}, 201)
        gone = number - 2
        if gone > 0 and self.acknowledged:
            self.http('DELETE', f'/rooms/annex-{gone}', None, 204, 404)
            self.http('DELETE', f'/streams/guest-{gone}', None, 204, 404)
        return room


WRITERS = Cuts, Layouts, Notes, Talks, Lists


def check_state(stage, cuts, all_sent):
    state = stage.dais.get('/room/room-1/state').json
    number = round(state['master'] * 10000)
    if cuts.acknowledged:
        last, rev = cuts.acknowledged[-1]
        assert number >= last and state['rev'] >= rev, f'state {last} was acknowledged, {number} is there: {state}'
    assert number <= all_sent and state['video'] == CAMERAS[number % 2], state
    return CAMERAS.index(state['video']) + 1


def check_lists(stage, lists):
    rooms, streams = stage.dais.get('/rooms').json, stage.dais.get('/streams').json
    for number, room in lists.acknowledged[-1:]:
        assert room['name'] in rooms and f'Guest {number}' in streams, f'room and stream {number} are gone'
    for number, _ in lists.acknowledged[2:]:
        assert f'Annex {number - 2}' not in rooms, f'room {number - 2} was removed and is back'


def check_journal(stage):
    """Every revision of the room, once."""
    path = os.path.join(stage.data, 'dais.db')
    with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as base:
        (rev, ident), = base.execute("SELECT rev, id FROM rooms WHERE url_name = 'room-1'")
        revs = [row[0] for row in base.execute('SELECT rev FROM journal WHERE room = ? ORDER BY rev', (ident,))]
    base.close()
    assert revs == list(range(1, rev + 1)), f'{len(revs)} rows up to revision {rev}'
    return rev


def check(stage, writers, sent):
    cuts, layouts, notes, talks, lists = writers
    camera = check_state(stage, cuts, sent[Cuts])
    for number, _ in layouts.acknowledged[-1:]:
        assert stage.dais.get('/room/room-1/layout').json[1] >= number
    there = {note['id']: note['text'] for note in stage.dais.get('/room/room-1/notes').json}
    for _, note in notes.acknowledged:
        assert there.get(note['id']) == note['text'], f'{note} was acknowledged, {there.get(note["id"])} is there'
    titles = {talk['title'] for talk in stage.dais.get('/room/room-1/talks').json.values()}
    for number, _ in talks.acknowledged:
        assert f'Talk {number}' in titles, f'talk {number} is gone'
    check_lists(stage, lists)
    check_journal(stage)
    with stage.watch('room-1') as eyes:
        eyes.wait_for_id(camera, 20)
        time.sleep(0.5)
        assert eyes.last().get('id') == camera, f'camera {camera} should be on air, {eyes.last()} is'


def one_round(stage, sent, engines_too):
    writers = [writer(stage, sent[writer]) for writer in WRITERS]
    for writer in writers:
        writer.start()
    enough, end = random.randrange(20, 60), time.monotonic() + 30
    while sum(len(writer.acknowledged) for writer in writers) < enough and time.monotonic() < end:
        time.sleep(random.uniform(0, 0.02))
    engines = list(stage.engines().values()) if engines_too else []
    stage.dais.kill()
    for pid in engines:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # its room had just been removed
    for writer in writers:
        writer.join(30)
        assert not writer.is_alive() and writer.failure is None, repr(writer.failure)
        sent[type(writer)] = writer.number
    stage.restart_daemon()
    wait_until(lambda: stage.dais.get('/streaming/mixed/room-1.jpg').status == 200, 'picture', 30)
    check(stage, writers, sent)
    return sum(len(writer.acknowledged) for writer in writers)


def test_acknowledged_changes_outlive_any_kill():
    random.seed(int(os.environ.get('DAIS_TEST_SEED', '11')))
    with Stage(cameras=2, rooms=1) as stage:
        sent = dict.fromkeys(WRITERS, 0)
        total = 0
        for number in range(ROUNDS):
            total += one_round(stage, sent, engines_too=number % 2 == 1)
        dais_tap.note(f'{ROUNDS} kills in the midst of {total} acknowledged changes, revision {check_journal(stage)}')
        assert total >= ROUNDS * 20, 'hardly anything was under way'


if __name__ == '__main__':
    dais_tap.main(globals())
