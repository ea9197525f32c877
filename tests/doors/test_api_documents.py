#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/api against a running server: every operation and message that they
describe is there, answers in the shape that they say, and there are no others."""
import json
import os
import re
import unittest
import urllib.parse

import jsonschema
import yaml

from doorcase import DoorCase, Refused, main

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'docs', 'api')
METHODS = ('get', 'put', 'post', 'delete')
# What stands behind it is too much for a walk: pictures are tests/media's.
ENDLESS = ('/streaming/mixed/{file}', '/streaming/{file}')


def load(name):
    with open(os.path.join(DOCS, name), encoding='utf-8') as file:
        return yaml.safe_load(file)


class Documents(DoorCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.api, cls.sockets = load('venue.openapi.yaml'), load('venue.asyncapi.yaml')
        cls.store = {'venue.openapi.yaml': cls.api, 'venue.asyncapi.yaml': cls.sockets}

    def resolve(self, item, document='venue.openapi.yaml'):
        while '$ref' in item:
            file, pointer = item['$ref'].split('#')
            document = file or document
            item = self.store[document]
            for part in pointer.strip('/').split('/'):
                item = item[part]
        return item

    def validator(self, schema, document):
        resolver = jsonschema.RefResolver(document, self.store[document], store=self.store)
        return jsonschema.Draft202012Validator(schema, resolver=resolver)

    def check(self, value, schema, document='venue.openapi.yaml'):
        errors = [f'{"/".join(map(str, error.path))}: {error.message}'
                  for error in self.validator(schema, document).iter_errors(value)]
        self.assertEqual(errors, [], value)

    def operations(self):
        for path, item in self.api['paths'].items():
            for method in METHODS:
                if method in item:
                    parameters = item.get('parameters', []) + item[method].get('parameters', [])
                    yield path, method, item[method], [self.resolve(p) for p in parameters]

    def fill(self, path, parameters):
        for parameter in parameters:
            if parameter['in'] == 'path':
                value = urllib.parse.quote(str(parameter['example']), safe='')
                path = path.replace('{%s}' % parameter['name'], value)
        self.assertNotIn('{', path)
        return path

    def body(self, operation):
        content = operation.get('requestBody', {}).get('content', {})
        example = content.get('application/json', {}).get('example')
        if content:
            self.assertIsNotNone(example, operation['operationId'])
            self.check(example, content['application/json']['schema'])
            return json.dumps(example)
        return None

    def check_answer(self, operation, answer):
        response = operation['responses'].get(str(answer.status))
        self.assertIsNotNone(response, f'{answer} is not described')
        response = self.resolve(response)
        for name, header in response.get('headers', {}).items():
            self.check(answer.headers.get(name), self.resolve(header)['schema'])
        content = response.get('content', {})
        if not content:
            self.assertEqual(answer.body, b'')
            return
        kind = answer.headers.get_content_type()
        self.assertIn(kind, content)
        if kind == 'application/json' and 'schema' in content[kind]:
            self.check(answer.json, content[kind]['schema'])

    def test_schemas_are_schemas(self):
        for name, schema in self.api['components']['schemas'].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_references_lead_somewhere(self):
        for name, document in self.store.items():
            for reference in re.findall(r"'\$ref': '([^']+)'", str(document)):
                with self.subTest(reference):
                    self.resolve({'$ref': reference}, name)

    def test_every_operation_answers_as_described(self):
        rank = {'post': 0, 'get': 1, 'put': 2, 'delete': 3}
        for path, method, operation, parameters in sorted(
                self.operations(), key=lambda item: (rank[item[1]], -len(item[0]))):
            with self.subTest(operation['operationId']):
                answer = self.dais.request(method.upper(), self.fill(path, parameters), self.body(operation))
                self.check_answer(operation, answer)
                if path not in ENDLESS and operation['operationId'] != 'login':
                    self.assertLess(answer.status, 400, answer)

    def test_every_operation_asks_for_a_token(self):
        for path, method, operation, parameters in self.operations():
            if path in ENDLESS:
                continue
            with self.subTest(operation['operationId']):
                answer = self.dais.request(method.upper(), self.fill(path, parameters),
                                           self.body(operation), token=False)
                if operation.get('security') == []:
                    self.check_answer(operation, answer)
                else:
                    self.assert_error(answer, 401)

    def test_no_other_methods(self):
        for path, item in self.api['paths'].items():
            parameters = [self.resolve(p) for p in item.get('parameters', [])]
            described = {method.upper() for method in METHODS if method in item}
            if path == '/login':  # GET leads to the help desk's page
                described.add('GET')
            if 'GET' in described:
                described.add('HEAD')
            with self.subTest(path):
                answer = self.dais.request('PATCH', self.fill(path, parameters), '{}')
                self.assertEqual(answer.status, 405)
                allowed = {word.strip() for word in answer.headers['Allow'].split(',')}
                self.assertEqual(allowed - {'OPTIONS'}, described)

    def test_operators_may_be_refused_as_described(self):
        for path, method, operation, parameters in self.operations():
            if '403' in operation['responses'] and path not in ENDLESS:
                with self.subTest(operation['operationId']):
                    answer = self.student.request(method.upper(), self.fill(path, parameters), self.body(operation))
                    self.assertIn(answer.status, (403, 404), answer)
                    self.check_answer(operation, answer)

    # ---- sockets ----

    def messages(self, way):
        message = self.sockets['channels']['/room/{room}/watch'][way]['message']
        for item in message['oneOf']:
            yield self.resolve(item, 'venue.asyncapi.yaml')

    def check_message(self, message):
        for described in self.messages('subscribe'):
            if described['payload']['properties']['type'].get('const') == message['type']:
                self.check(message, described['payload'], 'venue.asyncapi.yaml')
                return
        self.fail(f'{message["type"]} is not described')

    def test_channels_need_a_token(self):
        for path in self.sockets['channels']:
            with self.subTest(path), self.assertRaises(Refused) as refused:
                self.dais.watch(path.replace('{room}', 'hall'), token=None)
            self.assertEqual(refused.exception.response.status, 401)

    def test_greeting_and_answers_are_described(self):
        with self.operator.watch('/room/hall/watch') as socket:
            for _ in range(5):
                self.check_message(socket.recv())
            asked = 0
            for described in self.messages('publish'):
                for example in described.get('examples', []):
                    payload = example['payload']
                    self.check(payload, described['payload'], 'venue.asyncapi.yaml')
                    socket.send_text(json.dumps(payload))
                    while True:
                        message = socket.recv()
                        self.check_message(message)
                        if message['type'] in ('ok', 'error'):
                            break
                    self.assertEqual((message['type'], message['id']), ('ok', payload['id']), message)
                    asked += 1
            self.assertGreaterEqual(asked, 5)
            socket.send('wave', {}, id=9)
            message = socket.until('error')
            self.check_message(message)

    def test_streams_channel_is_described(self):
        with self.dais.watch('/streams/watch') as socket:
            payload = self.resolve(self.sockets['channels']['/streams/watch']['subscribe']['message'],
                                   'venue.asyncapi.yaml')['payload']
            self.check(socket.recv(), payload, 'venue.asyncapi.yaml')


if __name__ == '__main__':
    unittest.util._MAX_LENGTH = 2000
    main()
