import { describe, expect, test } from '@jest/globals'
import { messageOf, ToolError, UserError } from '../../../src/lib/errors.ts'

describe('messageOf', () => {
  test.each<[unknown, string]>([
    [new UserError('a'), 'a'],
    [new ToolError('a', { cause: new Error('b', { cause: 'c' }) }), 'a: b: c'],
    [new TypeError(), 'TypeError'],
    ['text', 'text'],
    [undefined, 'undefined']
  ])('of %p is %j', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text)
  })
})
