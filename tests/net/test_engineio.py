#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Engine.IO 3 and 4 with raw HTTP and raw frames."""
import base64
import time

import dais_client
import dais_tap
from eio_client import Echo, Eio, Polling, websocket

# whoever is not asked for a heartbeat may take a moment on a busy machine
ECHO = Echo(PING_INTERVAL='5000', PING_TIMEOUT='5000')
QUICK = Echo()


def code(answer, status, number):
    assert answer.status == status, answer
    assert answer.json['code'] == number, answer
    assert 'application/json' in answer.headers['Content-Type']


def test_refusals_in_order():
    path = '/engine.io/'
    code(ECHO.get(f'{path}?EIO=4'), 400, 0)
    code(ECHO.get(f'{path}?EIO=4&transport=jsonp'), 400, 0)
    code(ECHO.get(f'{path}?EIO=4&transport=polling&sid=x'), 400, 1)
    code(ECHO.get(f'{path}?EIO=4&transport=polling&sid=__proto__'), 400, 1)
    code(ECHO.post(f'{path}?EIO=4&transport=polling', '4x'), 400, 2)
    code(ECHO.put(f'{path}?EIO=4&transport=polling', '4x'), 400, 2)
    code(ECHO.get(f'{path}?EIO=4&transport=websocket'), 400, 3)
    code(ECHO.get(f'{path}?EIO=2&transport=polling'), 400, 5)
    code(ECHO.get(f'{path}?transport=polling'), 400, 5)
    for query in ('EIO=4&transport=websocket&sid=x', 'EIO=5&transport=websocket', 'transport=polling&EIO=4'):
        try:
            dais_client.WebSocket(ECHO.host, ECHO.port, f'{path}?{query}')
            raise AssertionError('upgraded')
        except dais_client.Refused as refused:
            assert '400' in str(refused.response if hasattr(refused, 'response') else refused)


def test_preflight():
    answer = ECHO.request('OPTIONS', '/engine.io/?EIO=4&transport=polling', headers={
        'Origin': 'http://o', 'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,x-mine'})
    assert answer.status == 204, answer
    assert answer.headers['Access-Control-Allow-Origin'] == 'http://o'
    assert answer.headers['Access-Control-Allow-Headers'] == 'content-type,x-mine'
    assert 'POST' in answer.headers['Access-Control-Allow-Methods']


def test_handshake():
    answer = QUICK.get('/engine.io?EIO=4&transport=polling&t=abc', headers={'Origin': 'http://o'})
    assert answer.status == 200
    assert answer.headers['Content-Type'] == 'text/plain; charset=UTF-8'
    assert answer.headers['Cache-Control'] == 'no-store'
    assert answer.headers['Access-Control-Allow-Origin'] == 'http://o'
    session = Polling(QUICK)
    assert sorted(session.open) == ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']
    assert session.open['upgrades'] == ['websocket'] and len(session.sid) == 20
    assert (session.open['pingInterval'], session.open['pingTimeout']) == (300, 200)
    with Eio(QUICK) as socket:
        assert socket.open['upgrades'] == []


def test_polling_messages():
    session = Polling(ECHO)
    session.post('4test1\x1e4test2\x1e4tést€')
    assert session.poll() == ['4test1', '4test2', '4tést€']
    session.post('4hello\x1ebAQIDBA==')
    answer = session.get()
    assert answer.body == b'4hello\x1ebAQIDBA==', answer
    assert int(answer.headers['Content-Length']) == len(answer.body)
    assert session.post('4x').body == b'ok'
    assert session.post('4y').headers['Content-Type'].startswith('text/html')


def test_polling_holds():
    session = Polling(ECHO)
    held = session.get_later()
    assert held.result is None
    session.post('4late')
    held.join(5)
    assert held.result.body == b'4late'


def test_second_poll():
    session = Polling(ECHO)
    held = session.get_later()
    assert session.get().status == 400
    held.join(5)
    assert (held.result.status, held.result.body) == (200, b'1')
    assert session.is_gone()


def test_cancelled_poll():
    session = Polling(ECHO)
    raw = ECHO.raw(f'GET {session.base}&sid={session.sid} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
    time.sleep(0.05)
    raw.close()
    time.sleep(0.1)
    code(session.get(), 400, 1)


def post_head(session, length):
    return (f'POST {session.base}&sid={session.sid} HTTP/1.1\r\nHost: x\r\n'
            f'Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n').encode()


def test_overlapping_post():
    session = Polling(ECHO)
    with ECHO.raw(post_head(session, 10) + b'4a'):
        time.sleep(0.05)
        assert session.post('4b').status == 400
        assert session.is_gone()


def test_broken_post():
    session = Polling(ECHO)
    raw = ECHO.raw(post_head(session, 10) + b'4a')
    time.sleep(0.05)
    raw.close()
    time.sleep(0.1)
    assert session.is_gone()


def test_payload_limit():
    session = Polling(ECHO)
    assert session.post('4' + 'x' * 999999).status == 200
    assert session.poll()[0] == '4' + 'x' * 999999
    assert session.post('4' + 'x' * 1000000).status == 413


def test_octet_stream_is_refused():
    session = Polling(ECHO)
    assert session.post('4x', 'application/octet-stream').status == 400
    assert session.is_gone()


def test_broken_payloads():
    for body in ('abc', '', '9x', '4a\x1e', '4a\x1ex', b'4\xff', 'b$$', b'4\xc3\x1e4'):
        session = Polling(ECHO)
        assert session.post(body).status in (200, 400), body
        assert session.is_gone(), body


def test_client_closes():
    session = Polling(ECHO)
    held = session.get_later()
    assert session.post('1').status == 200
    held.join(5)
    assert held.result.body == b'6'
    code(session.get(), 400, 1)


def test_unknown_method():
    session = Polling(ECHO)
    assert ECHO.put(f'{session.base}&sid={session.sid}', '4x').status == 400
    assert session.post('4x').status == 200


def test_head_takes_nothing():
    assert ECHO.request('HEAD', '/engine.io/?EIO=4&transport=polling').status == 400
    session = Polling(ECHO)
    assert session.post('4kept').status == 200
    assert ECHO.request('HEAD', f'{session.base}&sid={session.sid}').status == 400
    assert session.poll() == ['4kept']


def test_websocket_messages():
    with Eio(ECHO) as socket:
        socket.send_text('4hello €')
        assert socket.packet() == '4hello €'
        socket.send_frame(2, b'\1\2\0\xff')
        assert socket.packet() == b'\1\2\0\xff'


def test_websocket_broken():
    for data in ('abc', '', '7'):
        with Eio(ECHO) as socket:
            socket.send_text(data)
            assert socket.is_closed(), data
    with Eio(ECHO) as socket:
        socket.send_text('4' + 'x' * 1000000)
        assert socket.is_closed() and socket.code == 1009


def test_plain_request_on_a_websocket_session():
    with Eio(ECHO) as socket:
        code(ECHO.get(f'/engine.io/?EIO=4&transport=polling&sid={socket.open["sid"]}'), 400, 3)
        socket.send_text('4still')
        assert socket.packet() == '4still'


def test_heartbeat_on_polling():
    session = Polling(QUICK)
    for _ in range(3):
        assert session.get().body == b'2'
        session.post('3')
    assert session.get().body == b'2'
    time.sleep(0.6)
    code(session.get(), 400, 1)


def test_heartbeat_on_a_websocket():
    with Eio(QUICK, answers=False) as socket:
        begin = time.monotonic()
        for _ in range(3):
            assert socket.packet() == '2'
            socket.send_text('3')
        assert 0.8 < time.monotonic() - begin < 3
        assert socket.packet() == '2'
        assert socket.is_closed()


def test_ping_from_an_eio4_client():
    with Eio(ECHO) as socket:
        socket.send_text('2')
        assert socket.is_closed()
    session = Polling(ECHO)
    session.post('2')
    assert session.is_gone()


def test_nobody_polls():
    session = Polling(QUICK)
    time.sleep(0.8)
    code(session.get(), 400, 1)


def upgrade(session):
    socket = websocket(session.echo, version=session.version, sid=session.sid)
    socket.send_text('2probe')
    assert socket.recv_text() == '3probe'
    return socket


def test_upgrade():
    session = Polling(ECHO)
    held = session.get_later()
    socket = upgrade(session)
    held.join(5)
    assert held.result.body == b'6'
    later = session.get_later()
    later.join(5)
    assert later.result.body == b'6'
    session.post('4before')
    socket.send_text('5')
    assert socket.recv_text() == '4before'
    for i in range(5):
        socket.send_text(f'4{i}')
    got = []
    while len(got) < 5:
        text = socket.recv_text()
        if text == '2':
            socket.send_text('3')
        else:
            got.append(text)
    assert got == ['40', '41', '42', '43', '44']
    code(session.get(), 400, 3)
    code(session.post('4x'), 400, 3)
    second = websocket(ECHO, sid=session.sid)
    assert second.until_closed() in (1005, 1006)
    socket.send_text('4alive')
    while socket.recv_text() != '4alive':
        pass
    socket.close()


def test_probe_gone_wrong():
    for first in ('4hello', 'abc', '5', '3probe'):
        session = Polling(ECHO)
        socket = websocket(ECHO, sid=session.sid)
        socket.send_text(first)
        assert socket.until_closed() in (1005, 1006)
        assert session.post('4x').status == 200
        assert '4x' in session.poll()


def test_second_probe():
    session = Polling(ECHO)
    one = upgrade(session)
    two = websocket(ECHO, sid=session.sid)
    assert two.until_closed() in (1005, 1006)
    one.send_text('5')
    one.send_text('4x')
    assert '4x' in (one.recv_text(), one.recv_text())


def test_probe_torn():
    session = Polling(ECHO)
    socket = upgrade(session)
    socket.socket.close()
    time.sleep(0.05)
    assert session.post('4x').status == 200
    assert '4x' in session.poll()


def test_upgrade_takes_too_long():
    with Echo(UPGRADE_TIMEOUT='300', PING_INTERVAL='5000') as echo:
        for probes in (False, True):
            session = Polling(echo)
            begin = time.monotonic()
            socket = upgrade(session) if probes else websocket(echo, sid=session.sid)
            assert socket.until_closed() in (1005, 1006)
            assert 0.25 < time.monotonic() - begin < 3
            assert session.post('4x').status == 200
            assert session.poll() == ['4x']


def test_heartbeat_goes_on_after_an_upgrade():
    session = Polling(QUICK)
    socket = upgrade(session)
    socket.send_text('5')
    for _ in range(3):
        assert socket.recv_text() == '2'
        socket.send_text('3')
    assert socket.recv_text() == '2'
    assert socket.until_closed() in (1005, 1006)
    code(session.get(), 400, 1)


# Engine.IO 3

def test_eio3_heartbeat():
    with Eio(QUICK, version=3) as socket:
        for i in range(4):
            time.sleep(0.3)
            socket.send_text(f'2{i}')
            assert socket.packet() == f'3{i}'
        begin = time.monotonic()
        assert socket.is_closed()
        assert 0.3 < time.monotonic() - begin < 2


def test_eio3_polling():
    session = Polling(ECHO, version=3, query='&b64=1')
    session.post('6:4hello10:b4AQIDBA==')
    assert session.get().body == b'6:4hello10:b4AQIDBA=='
    session.post('2:4€')
    assert session.get().body.decode() == '2:4€'
    session.post('3:4😀')
    assert session.get().body.decode() == '3:4😀'
    session.post('1:2')
    assert session.get().body == b'1:3'


def test_eio3_double_utf8():
    """Clients 1.x encode twice."""
    session = Polling(ECHO, version=3, query='&b64=1')
    twice = '4é€'.encode().decode('latin-1')
    session.post(f'{len(twice)}:{twice}')
    assert session.get().body.decode() == '3:4é€'
    session.post('3:4éé')  # no such thing: stays as it is
    assert session.get().body.decode() == '3:4éé'


def test_eio3_binary_payload():
    session = Polling(ECHO, version=3)
    answer = session.post(b'\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04', 'application/octet-stream')
    assert answer.status == 200, answer
    answer = session.get()
    assert answer.headers['Content-Type'] == 'application/octet-stream'
    assert answer.body == b'\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04', answer.body
    session.post('6:4hello')
    assert session.get().body == b'6:4hello'


def test_eio3_broken_payloads():
    for body in ('abc', '', '5:4', ':4x', '99999999999:4x', '1:4x', '2:4😀', '6:4hellox'):
        session = Polling(ECHO, version=3)
        session.post(body)
        assert session.is_gone(), body
    for body in (b'', b'\x00\x06\xff4', b'\x02\x01\xff4', b'\x01\x02\xff\x09x', b'\x00' + b'\x09' * 30):
        session = Polling(ECHO, version=3)
        session.post(body, 'application/octet-stream')
        assert session.is_gone(), body


def test_eio3_websocket_binary():
    with Eio(ECHO, version=3) as socket:
        socket.send_frame(2, b'\x04\x01\x02')
        assert socket.packet() == b'\x04\x01\x02'
        socket.send_frame(2, b'')
        assert socket.is_closed()


def test_eio3_close_and_noop():
    session = Polling(ECHO, version=3)
    held = session.get_later()
    session.post('1:1')
    held.join(5)
    assert held.result.body == b'1:6'


def test_secret_ids():
    ids = {Polling(ECHO).sid for _ in range(50)}
    assert len(ids) == 50
    assert all(len(base64.urlsafe_b64decode(one)) == 15 for one in ids)


def test_server_lives():
    for echo in (ECHO, QUICK):
        assert echo.alive()
        echo.__exit__()


if __name__ == '__main__':
    dais_tap.main(globals())
