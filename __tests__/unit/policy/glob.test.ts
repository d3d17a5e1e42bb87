import { matchesGlob } from 'node:path/posix'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileGlob } from '../../../src/policy/glob.ts'

// What is expected here was checked against doublestar 4.10.0's Match, the library that Trivy uses.
describe.each([
  ['srv/app/.env', ['srv/app/.env'], ['srv/app/.env2', 'x/srv/app/.env', 'srv/app']],
  ['*', ['a', '.hidden', ''], ['a/b']],
  ['a*c', ['ac', 'abc', 'abbc'], ['abcd', 'ab/c']],
  ['**', ['a', 'a/b/c', '.a/.b'], []],
  ['**/package.json', ['package.json', 'a/package.json', 'a/.b/package.json'], ['a/package.jsonx', 'xpackage.json']],
  ['srv/**', ['srv', 'srv/a', 'srv/a/b'], ['srv2/a', 'a/srv']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'a/b/c']],
  ['**/a/**/b/*.js', ['a/b/x.js', 'q/a/b/q/b/x.js'], ['a/b/q/x.js', 'b/a/x.js']],
  ['a**b', ['ab', 'axxb'], ['a/b', 'a/x/b']],
  ['a?b', ['axb', 'a😀b'], ['ab', 'a/b', 'axxb']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
  ['[^a-c]x', ['dx'], ['ax', 'x']],
  ['[!a]', ['b'], ['a']],
  ['[a-]', ['a', '-'], ['b']],
  ['[\\]a]', [']', 'a'], ['\\']],
  ['lib{a,b}.so', ['liba.so', 'libb.so'], ['lib.so', 'libab.so']],
  ['{a/{b,c},d}', ['a/b', 'a/c', 'd'], ['a', 'a/d']],
  ['a{,bc}', ['a', 'abc'], ['ab']],
  ['\\{a,b\\}', ['{a,b}'], ['a']],
  ['[{]a', ['{a'], ['a']],
  ['a\\*', ['a*'], ['ab', 'a\\*']],
  ['(a+)+|^$', ['(a+)+|^$'], ['aa', '']],
  ['!a', ['!a'], ['b']],
  ['+(a|b)', ['+(a|b)'], ['a', 'ab']]
])('%s', (glob, fitting, others) => {
  test.each(fitting)('fits %j', path => expect(compileGlob(glob)(path)).toBe(true))
  if (others.length > 0) test.each(others)('does not fit %j', path => expect(compileGlob(glob)(path)).toBe(false))
})

test.each([
  ['[a', 'has a "[" without "]" in the same segment'],
  ['[a/b]', 'has a "[" without "]" in the same segment'],
  ['[]', 'has an empty "[]"'],
  ['[^]', 'has an empty "[]"'],
  ['{a', 'has a "{" without "}"'],
  ['a}', 'has a "}" without "{"'],
  ['a\\', 'has a backslash with nothing after it'],
  ['x'.repeat(1025), 'is longer than 1024 characters'],
  ['{a,b}'.repeat(20), 'stands for more than 64 patterns'],
  [`{${','.repeat(200)}}`, 'stands for more than 64 patterns']
])('%s is refused', (glob, message) => {
  expect(() => compileGlob(glob)).toThrow(new Error(message))
})

test('a glob and a path made to take for ever are matched at once', () => {
  const before = performance.now()
  const path = `${'a'.repeat(200)}/`.repeat(20)
  expect(compileGlob(`${'**/*a*a*a*a*a*a/'.repeat(20)}b`)(path)).toBe(false)
  expect(compileGlob(`${'*a'.repeat(500)}b`)('a'.repeat(4_000))).toBe(false)
  expect(performance.now() - before).toBeLessThan(2_000)
})

test('agrees with another matcher on what both understand in the same way', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '?', '**', '[ab]', 'a*b*')
  const glob = fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join('/'))
  const name = fc.stringMatching(/^[abc]{1,3}$/)
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map(names => names.join('/'))
  fc.assert(
    fc.property(glob, path, (pattern, candidate) => {
      // To matchesGlob `a/**` does not fit `a`; to doublestar it does.
      fc.pre(!pattern.endsWith('**'))
      expect(compileGlob(pattern)(candidate)).toBe(matchesGlob(candidate, pattern))
    }),
    { numRuns: 500 }
  )
})

test('whatever the glob, it is refused with a message or gives an answer', () => {
  const piece = fc.constantFrom('*', '**', '/', '{', '}', ',', '[', ']', '^', '-', '\\', 'a', '😀')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map(pieces => pieces.join('')),
        fc.string()
      ),
      fc.string(),
      (glob, path) => {
        let test: (candidate: string) => boolean
        try {
          test = compileGlob(glob)
        } catch (thrown) {
          expect((thrown as Error).message).toMatch(/^(has|is|stands)/)
          return
        }
        expect(typeof test(path)).toBe('boolean')
      }
    )
  )
})
