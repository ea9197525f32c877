#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/api of the doors of people against a running server: every operation is
there, and answers with and without a token in a shape that the page says."""
import json
import os
import unittest
import urllib.parse

import jsonschema
import yaml

from peoplecase import PeopleCase, main

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'docs', 'api')
METHODS = ('get', 'put', 'post', 'delete')
PAGES = ('chat', 'members', 'help', 'party')


def load(name):
    with open(os.path.join(DOCS, name), encoding='utf-8') as file:
        return yaml.safe_load(file)


class Documents(PeopleCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.store = {f'{page}.openapi.yaml': load(f'{page}.openapi.yaml') for page in PAGES}
        cls.store['chat.asyncapi.yaml'] = load('chat.asyncapi.yaml')
        cls.anna = cls.person()
        cls.with_role('student', '--email', 'x@example.org')
        cls.examples = {
            '{_id}': cls.anna.post('/api/rooms', {'name': 'Team'}).json['room']['_id'],
            '{room}': cls.anna.post('/api/room/', {'text': 'help'}).json['id'],
            '{roomname}': cls.dais.put('/api/createroom/', {'roomPassword': 'x'}).json['roomname'],
        }

    def resolve(self, item, document):
        while '$ref' in item:
            file, pointer = item['$ref'].split('#')
            document = file or document
            item = self.store[document]
            for part in pointer.strip('/').split('/'):
                item = item[part]
        return item

    def check(self, value, schema, document):
        resolver = jsonschema.RefResolver(document, self.store[document], store=self.store)
        validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
        errors = [f'{"/".join(map(str, error.path))}: {error.message}' for error in validator.iter_errors(value)]
        self.assertEqual(errors, [], value)

    def operations(self):
        for page in PAGES:
            document = f'{page}.openapi.yaml'
            for path, item in self.store[document]['paths'].items():
                for method in METHODS:
                    if method in item:
                        parameters = item.get('parameters', []) + item[method].get('parameters', [])
                        yield document, path, method, item[method], parameters

    def fill(self, path, parameters):
        query = {}
        for parameter in parameters:
            example = parameter.get('example')
            value = str(self.examples.get(example, example))
            if parameter['in'] == 'path':
                path = path.replace('{%s}' % parameter['name'], urllib.parse.quote(value, safe=''))
            elif example is not None:
                query[parameter['name']] = value
        self.assertNotIn('{', path)
        return path + ('?' + urllib.parse.urlencode(query) if query else '')

    def body(self, operation, document):
        content = operation.get('requestBody', {}).get('content', {}).get('application/json')
        if not content:
            return None
        self.check(content['example'], content['schema'], document)
        return json.dumps(content['example'])

    def check_answer(self, operation, answer, document):
        response = operation['responses'].get(str(answer.status))
        self.assertIsNotNone(response, f'{answer} is not described')
        content = self.resolve(response, document).get('content', {})
        if not content:
            self.assertEqual(answer.body, b'')
            return
        kind = answer.headers.get_content_type()
        self.assertIn(kind, content)
        if 'schema' in content[kind]:
            self.check(answer.json if kind == 'application/json' else answer.text,
                       content[kind]['schema'], document)

    def walk(self, token):
        order = {'post': 0, 'put': 1, 'get': 2, 'delete': 3}
        for document, path, method, operation, parameters in sorted(
                self.operations(), key=lambda item: (item[0], order[item[2]], len(item[1]))):
            with self.subTest(document + ' ' + operation['operationId']):
                answer = self.dais.request(method.upper(), self.fill(path, parameters),
                                           self.body(operation, document), token=token)
                self.check_answer(operation, answer, document)
                secure = operation.get('security', self.store[document]['security'])
                if token and secure:
                    self.assertTrue(answer.status < 300 or answer.status == 501, answer)
                elif secure and {} not in secure:
                    self.assertIn(answer.status, (401, 403))

    def test_every_operation_answers_as_described(self):
        self.walk(self.anna.token)

    def test_every_operation_asks_for_a_token(self):
        self.walk(False)

    def test_no_other_methods(self):
        for document, path, _, _, parameters in self.operations():
            item = self.store[document]['paths'][path]
            described = {method.upper() for method in METHODS if method in item}
            if path in ('/login/', '/logout/'):
                described.add('POST')
            if 'GET' in described:
                described.add('HEAD')
            with self.subTest(path):
                answer = self.dais.request('PATCH', self.fill(path, parameters), '{}')
                self.assertEqual(answer.status, 405)
                allowed = {word.strip() for word in answer.headers['Allow'].split(',')}
                self.assertEqual(allowed - {'OPTIONS'}, described)

    def test_references_and_schemas(self):
        for document, page in self.store.items():
            for schema in page.get('components', {}).get('schemas', {}).values():
                jsonschema.Draft202012Validator.check_schema(schema)
            for reference in set(json.dumps(page).split('"$ref": "')[1:]):
                self.resolve({'$ref': reference.split('"')[0]}, document)

    def test_chat_sockets(self):
        document = 'chat.asyncapi.yaml'
        for path, channel in self.store[document]['channels'].items():
            with self.chat('lobby', self.anna, path.split('{room}/')[1]) as socket:
                for example in channel['publish']['message']['examples']:
                    self.check(example['payload'], channel['publish']['message']['payload'], document)
                    socket.send_text(json.dumps(example['payload']))
                    self.check(socket.recv(), channel['subscribe']['message']['payload'], document)


if __name__ == '__main__':
    unittest.util._MAX_LENGTH = 2000
    main()
