#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Socket.IO packets with raw frames, and Debian's python3-socketio."""
import json
import time

import dais_client
import dais_tap
from eio_client import Echo, Eio, Polling, Sio

# whoever is not asked for a heartbeat may take a moment on a busy machine
ECHO = Echo(PING_INTERVAL='5000', PING_TIMEOUT='5000')


def closes(*packets, joined=True, echo=ECHO):
    with Sio(echo, join=joined) as socket:
        for packet in packets:
            if isinstance(packet, bytes):
                socket.send_frame(2, packet)
            else:
                socket.say(packet)
        assert socket.is_closed(2), packets


def test_connect():
    with Sio(ECHO) as socket:
        reply = json.loads(socket.reply[2:])
        assert list(reply) == ['sid'] and len(reply['sid']) == 20
        assert reply['sid'] != socket.open['sid']
        assert socket.auth == '42["auth",{}]'
    with Sio(ECHO, auth='{"access_token":"t","id":7}') as socket:
        assert socket.auth == '42["auth",{"access_token":"t","id":7}]'
    with Sio(ECHO, '/custom', '{"token":"abc"}') as socket:
        assert socket.reply.startswith('40/custom,{"sid":"')
        assert socket.auth == '42/custom,["auth",{"token":"abc"}]'
    with Eio(ECHO, '/socket.io/') as socket:
        socket.send_text('40/custom')
        assert socket.packet().startswith('40/custom,{"sid":"')


def test_refused():
    with Sio(ECHO, '/random') as socket:
        assert socket.reply == '44/random,{"message":"Invalid namespace"}'
        socket.say('40/guarded,{"token":"bad"}')
        assert socket.packet() == '44/guarded,{"message":"not authorized","data":{"code":401}}'
        socket.say('40/guarded,{"token":"good"}')
        assert socket.packet().startswith('40/guarded,{"sid":"')


def test_events_verbatim():
    with Sio(ECHO) as socket:
        for args in ('1,"2",{"3":[true]}', '33.3,1e21,-0,12345678901234567890,0.10', 'null', '{"b":1,"a":2}',
                     '"\\u0000\\ud83d\\ude00"', '[[],{}]'):
            socket.say(f'42["message",{args}]')
            assert socket.packet() == f'42["message-back",{args}]', args
        socket.say('42["message"]')
        assert socket.packet() == '42["message-back"]'
        socket.say('42["message","é€😀"]')
        assert socket.packet() == '42["message-back","\\u00e9\\u20ac\\ud83d\\ude00"]'
    with Sio(ECHO, '/custom') as socket:
        socket.say('42/custom,["message",1]')
        assert socket.packet() == '42/custom,["message-back",1]'


def test_acks():
    with Sio(ECHO) as socket:
        socket.say('42456["message-with-ack",1]')
        assert socket.packet() == '43456[1]'
        socket.say('420["message-with-ack"]')
        assert socket.packet() == '430[]'
        socket.say('4299["nobody-knows",1]')
        socket.say('431000["an answer to nothing"]')
        socket.say('42["message"]')
        assert socket.packet() == '42["message-back"]'
        socket.say('42["ask-me","v"]')
        asked = socket.packet()
        assert asked == '420["question","v"]', asked
        socket.say('430["w"]')
        assert socket.packet() == '42["answered","w"]'
    with Sio(ECHO, '/custom') as socket:
        socket.say('42/custom,12["message-with-ack",1]')
        assert socket.packet() == '43/custom,12[1]'


def test_binary():
    with Sio(ECHO) as socket:
        args = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'
        socket.say(f'452-["message",{args}]')
        socket.send_frame(2, b'\1\2')
        socket.send_frame(2, b'\3')
        assert [socket.packet() for _ in range(3)] == [f'452-["message-back",{args}]', b'\1\2', b'\3']
        socket.say(f'452-789["message-with-ack",{args}]')
        socket.send_frame(2, b'a')
        socket.send_frame(2, b'')
        assert [socket.packet() for _ in range(3)] == [f'462-789[{args}]', b'a', b'']
        socket.say('42["bin",3]')
        assert [socket.packet() for _ in range(3)] == [
            '452-["bin-back",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]',
            b'\7\7\7', b'\1\2']
        socket.say('450-["message",1]')
        assert socket.packet() == '42["message-back",1]'


def test_binary_on_polling():
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    session.post('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]\x1ebAQI=\x1ebAw==')
    got = session.poll()
    assert got == ['452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
                   'bAQI=', 'bAw=='], got


def test_disconnect():
    with Sio(ECHO) as socket:
        socket.say('40/custom')
        socket.packet()
        socket.packet()
        socket.say('41')
        socket.say('42/custom,["message",1]')
        assert socket.packet() == '42/custom,["message-back",1]'
        socket.say('42["message",1]')
        assert socket.is_closed()
    with Sio(ECHO) as socket:
        socket.say('42["kick"]')
        assert socket.packet() == '41'
    with Sio(ECHO) as socket:
        socket.say('42["kick-hard"]')
        assert socket.is_closed()


def test_what_closes():
    closes('42["message"]', joined=False)  # before CONNECT
    closes('41', joined=False)
    closes('40')                           # joined already
    closes('42/custom,["message"]')        # not joined
    closes('44{"message":"x"}')
    for auth in ('[]', '"x"', 'null', 'true', '1.5'):
        closes(f'40{auth}', joined=False)
    for payload in ('', '{}', '1', '"x"', 'null', '[]', '[{}]', '[null]', '[[]]', '[true]'):
        closes(f'42{payload}')
    for name in ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'):
        closes(f'42["{name}"]')
    closes('42["disconn\\u0065ct"]')
    for packet in ('42["message"', '42["message",]', "42['message']", '42["message",01]', '42["message"] x',
                   '42abc["message"]', '4', '47', '48["x"]', '4x',
                   '4299999999999999999999["message"]',
                   '42["a",' + '[' * 500 + ']' * 500 + ']'):
        closes(packet)
    with Sio(ECHO) as socket:
        socket.send_frame(1, b'42["message","\xed\xa0\x80"]')
        assert socket.is_closed() and socket.code == 1007


def test_what_closes_binary():
    closes('45["message"]')
    closes('45x-["message"]')
    closes('4511-["message"]')
    closes('451["message"]')
    closes('45999999999999999999999-["message"]')
    closes(b'\1')                                                     # to nothing
    closes('451-["message",{"_placeholder":true,"num":0}]', '42["message"]')  # still to come
    closes('451-["message",{"_placeholder":true,"num":1}]', b'x')
    closes('451-["message",{"_placeholder":true,"num":-1}]', b'x')
    closes('451-["message",{"_placeholder":true,"num":"0"}]', b'x')
    closes('451-["message",{"_placeholder":true}]', b'x')
    closes('451-["message",{"deep":[{"_placeholder":true,"num":0.5}]}]', b'x')


def test_polling_closes():
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    session.post('42{}')
    answers = [session.get(), session.get()]
    assert any(answer.status == 400 or answer.body.endswith(b'1') for answer in answers), answers
    assert session.is_gone()


def test_server_closes_polling():
    for event in ('kick-hard', 'drop-transport'):
        session = Polling(ECHO, '/socket.io/')
        session.post('40')
        session.poll()
        held = session.get_later()
        session.post(f'42["{event}"]')
        held.join(5)
        assert held.result.body == (b'41\x1e1' if event == 'kick-hard' else b'1'), held.result.body
        assert session.is_gone()
    # with nobody waiting the next GET hears it
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    session.post('42["kick-hard"]')
    assert session.get().body == b'41\x1e1'
    assert session.is_gone()


def test_connect_timeout():
    """Although the heartbeat goes on."""
    with Echo() as echo, Eio(echo, '/socket.io/') as socket:
        begin = time.monotonic()
        assert socket.is_closed(4)
        assert 0.8 < time.monotonic() - begin < 3


def test_rooms():
    with Sio(ECHO) as one, Sio(ECHO) as two, Sio(ECHO) as three:
        for socket in (one, two):
            socket.say('420["join","r"]')
            assert socket.packet() == '430["joined"]'
            socket.say('420["join","r"]')
            assert socket.packet() == '430["joined"]'
        three.say('42["to-room","r",1]')
        assert one.packet() == two.packet() == '42["room",1]'
        one.say('42["to-others","r",2]')
        assert two.packet() == '42["room",2]'
        own = json.loads(two.reply[2:])['sid']
        three.say(f'42["to-room","{own}",3]')
        assert two.packet() == '42["room",3]'
        for socket in (one, three):
            socket.say('42["message","end"]')
            assert socket.packet() == '42["message-back","end"]'
        two.close()
        time.sleep(0.05)
        one.say('42["to-room","r",4]')
        assert one.packet() == '42["room",4]'


def test_volatile():
    with Sio(ECHO) as socket:
        socket.say('42["volatile",1]')
        assert socket.packet() == '42["v",0]'
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    session.post('42["volatile",3]\x1e42["message","end"]')  # nobody polls
    assert session.poll() == ['42["message-back","end"]']


def test_burst_while_upgrading():
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    socket = dais_client.WebSocket(
        ECHO.host, ECHO.port, f'/socket.io/?EIO=4&transport=websocket&sid={session.sid}')
    socket.send_text('2probe')
    assert socket.recv_text() == '3probe'
    session.post('42["burst",5]')
    socket.send_text('5')
    got = [socket.recv_text() for _ in range(5)]
    assert got == [f'42["b",{i}]' for i in range(5)], got


def test_burst_is_one_answer():
    session = Polling(ECHO, '/socket.io/')
    session.post('40')
    session.poll()
    held = session.get_later()
    session.post('42["burst",5]')
    held.join(5)
    assert held.result.body.decode() == '\x1e'.join(f'42["b",{i}]' for i in range(5))


# Engine.IO 3 clients

def test_eio3():
    with Sio(ECHO, version=3) as socket:
        assert socket.reply == '40'
        assert socket.auth == '42["auth",{}]'
        socket.say('42["message","é"]')
        assert socket.packet() == '42["message-back","\\u00e9"]'
        socket.say('40/custom?token=abc,')
        assert socket.packet() == '40/custom,'
        assert socket.packet() == '42/custom,["auth",{}]'
        socket.say('40/random')
        assert socket.packet() == '44/random,"Invalid namespace"'
        socket.say('42[1,2]')
        socket.say('42[{}]')
        socket.say('42["message","still"]')
        assert socket.packet() == '42["message-back","still"]'
        socket.say('451-["message",{"_placeholder":true,"num":0}]')
        socket.send_frame(2, b'\x04\x01')
        assert [socket.packet(), socket.packet()] == [
            '451-["message-back",{"_placeholder":true,"num":0}]', b'\x04\x01']


def test_eio3_polling_starts_with_40():
    session = Polling(ECHO, '/socket.io/', version=3, query='&b64=1')
    body = session.get().body.decode()
    assert body == '2:4013:42["auth",{}]', body


# Connection state recovery

def test_recovery():
    with Echo('--recovery', '5000') as echo:
        with Sio(echo) as other, Sio(echo) as first:
            reply = json.loads(first.reply[2:])
            assert sorted(reply) == ['pid', 'sid'] and reply['pid'] != reply['sid']
            for socket in (first, other):
                socket.say('420["join","r"]')
                assert socket.packet() == '430["joined"]'
            other.say('42["to-room","r","one"]')
            event = json.loads(first.packet()[2:])
            assert event[:2] == ['room', 'one'] and isinstance(event[2], str)
            offset = event[2]
            first.socket.close()
            time.sleep(0.05)
            other.say('42["to-room","r","two"]')
            other.say('42["to-room","elsewhere","x"]')
            other.say('42["to-others","r","three"]')
            time.sleep(0.1)
            with Sio(echo, join=False) as again:
                again.say('40' + json.dumps({'pid': reply['pid'], 'offset': offset}))
                missed = [json.loads(again.packet()[2:])[:2] for _ in range(2)]
                assert missed == [['room', 'two'], ['room', 'three']], missed
                assert json.loads(again.packet()[2:]) == reply
                again.packet()  # the server's greeting
                other.say('42["to-room","r","four"]')
                assert json.loads(again.packet()[2:])[:2] == ['room', 'four']


def test_recovery_refused():
    with Echo('--recovery', '300') as echo:
        with Sio(echo) as first:
            reply = json.loads(first.reply[2:])
            offset = json.loads(first.auth[2:])[-1]
        time.sleep(0.8)
        for auth in ({'pid': reply['pid'], 'offset': offset}, {'pid': 'x', 'offset': offset},
                     {'pid': reply['pid'], 'offset': 'x'}, {'pid': 1, 'offset': []}):
            with Sio(echo, auth=json.dumps(auth)) as again:
                new = json.loads(again.reply[2:])
                assert new['sid'] != reply['sid'] and new['pid'] != reply['pid']
    with Echo('--recovery', '5000') as echo:
        with Sio(echo) as left:
            reply = json.loads(left.reply[2:])
            offset = json.loads(left.auth[2:])[-1]
            left.say('41')
            time.sleep(0.05)
        with Sio(echo, auth=json.dumps({'pid': reply['pid'], 'offset': offset})) as again:
            assert json.loads(again.reply[2:])['sid'] != reply['sid']


# python3-socketio

def drive(transports):
    try:
        import socketio
    except ImportError as error:
        raise dais_tap.Skip('python3-socketio is not installed') from error
    with Echo(PING_TIMEOUT='2000') as echo:
        client, got = socketio.Client(reconnection=False), []
        client.on('message-back', lambda *args: got.append(args))
        client.on('auth', lambda *args: got.append(args))
        client.connect(echo.url, transports=transports, auth={'token': 't'})
        assert client.call('message-with-ack', ('é', 1), timeout=5) in (['é', 1], ('é', 1))
        client.emit('message', (b'\1\2', {'deep': b'\3'}, 'é€😀'))
        dais_client.wait_for(lambda: len(got) >= 2, 'events from the server', 5)
        assert ({'token': 't'},) in got and (b'\1\2', {'deep': b'\3'}, 'é€😀') in got, got
        time.sleep(1)
        assert client.connected
        client.disconnect()


def test_python_socketio_polling():
    drive(['polling'])


def test_python_socketio_websocket():
    drive(['websocket'])


def test_python_socketio_upgrade():
    drive(['polling', 'websocket'])


# load

def test_slow_reader_harms_nobody():
    with Sio(ECHO) as slow, Sio(ECHO) as good:
        for socket in (slow, good):
            socket.say('420["join","load"]')
            assert socket.packet() == '430["joined"]'
        text = 'x' * 60000
        for i in range(300):
            good.say(f'42["to-room","load",{i},"{text}"]')
            assert good.packet().startswith(f'42["room",{i},')


def resident(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmRSS'))


def descriptors(pid):
    import os
    return len(os.listdir(f'/proc/{pid}/fd'))


def connect_and_go(echo, rounds):
    for i in range(rounds):
        if i % 4 == 0:
            Polling(echo, '/socket.io/').post('40')
        elif i % 4 == 1:
            echo.raw(b'GET /ws HTTP/1.1\r\nHost: x\r\n').close()
        else:
            with Sio(echo) as socket:
                if i % 4 == 2:
                    socket.socket.close()


def test_ten_thousand_connects_leave_nothing():
    # polling sessions that nobody polls end after 3 s
    with Echo(PING_INTERVAL='1000', PING_TIMEOUT='2000', CONNECT_TIMEOUT='10000') as echo:
        pid = echo.process.pid
        # the first round finds the most that is open at a time: a heap keeps its size
        connect_and_go(echo, 10000)
        time.sleep(4)
        before = resident(pid), descriptors(pid)
        connect_and_go(echo, 10000)
        time.sleep(4)
        after = resident(pid), descriptors(pid)
        dais_tap.note(f'KiB and descriptors before {before}, after {after}')
        assert after[1] <= before[1] + 2
        with open(f'/proc/{pid}/maps', encoding='ascii') as maps:
            if 'libasan' not in maps.read():  # it keeps what was freed for a while
                assert after[0] <= before[0] + 1024


def test_server_lives():
    ECHO.__exit__()


if __name__ == '__main__':
    dais_tap.main(globals())
