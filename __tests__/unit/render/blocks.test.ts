import { expect, test } from '@jest/globals'
import { fenced } from '../../../src/render/blocks.ts'

test.each([
  ['plain text', 'a\nb', '```sh\na\nb\n```\n\n'],
  ['a fence', '```', '````sh\n```\n````\n\n'],
  ['a fence once invisible characters are gone', '``\u200B``', '`````sh\n````\n`````\n\n']
])('nothing in a block ends it: %s', (_, text, block) => {
  expect(fenced(text, 'sh')).toBe(block)
})
