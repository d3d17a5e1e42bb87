import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { asObject } from '../../../src/lib/json.ts'
import { cutOpenapi, OPERATIONS } from '../../../world/github/cut-openapi.ts'

const committed = JSON.parse(readFileSync(new URL('../../../world/github/openapi.json', import.meta.url), 'utf8'))

test('the committed description is what the script cuts, with nothing over', () => {
  expect(cutOpenapi(committed, OPERATIONS)).toEqual(committed)
})

test('keeps what is referred to, however far, and drops prose but no property of that name', () => {
  const node = {
    type: 'object',
    description: 'prose',
    properties: { description: { type: 'string', example: 'x' }, next: { $ref: '#/components/schemas/node' } }
  }
  const answer = {
    description: 'prose',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/node' } } }
  }
  const description = {
    openapi: '3.0.3',
    info: { version: '1', license: { name: 'MIT' } },
    paths: {
      '/a': { get: { operationId: 'a', summary: 'prose', responses: { 200: answer, 413: { description: 'prose' } } } }
    },
    components: { schemas: { node, unused: { type: 'string' } } }
  }
  const cut = cutOpenapi(description, ['GET /a'])
  expect(cut['paths']).toEqual({
    '/a': { get: { operationId: 'a', responses: { 200: { ...answer, description: '' }, 413: { description: '' } } } }
  })
  expect(cut['components']).toEqual({
    schemas: {
      node: {
        type: 'object',
        properties: { description: { type: 'string' }, next: { $ref: '#/components/schemas/node' } }
      }
    }
  })
})

test('rewrites a nullable that Ajv does not take', () => {
  const schema = { nullable: true, allOf: [{ $ref: '#/components/schemas/a' }] }
  const description = {
    info: {},
    paths: { '/a': { get: { schema } } },
    components: { schemas: { a: { type: 'string', nullable: true } } }
  }
  const cut = cutOpenapi(description, ['GET /a'])
  expect(asObject(cut['paths'], 'paths')['/a']).toEqual({
    get: { schema: { anyOf: [{ allOf: [{ $ref: '#/components/schemas/a' }] }, { enum: [null] }] } }
  })
})

test('lets null be among the values of what may be null', () => {
  const schema = { type: 'string', nullable: true, enum: ['a'] }
  const description = { info: {}, paths: { '/a': { get: { schema } } } }
  const cut = cutOpenapi(description, ['GET /a'])
  expect(asObject(cut['paths'], 'paths')['/a']).toEqual({ get: { schema: { ...schema, enum: ['a', null] } } })
  expect(cutOpenapi(cut, ['GET /a'])).toEqual(cut)
})

test('an operation that the description does not have is an error', () => {
  expect(() => cutOpenapi(committed, ['GET /nowhere'])).toThrow('paths /nowhere: expected an object')
})
