import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nameOf, parseReference } from '../../../src/image/reference.ts'
import { covers as coversMatch, readMatch, ruleFor } from '../../../src/trust/match.ts'
import { aRule } from '../../fixtures/trust.ts'

const covers = (earlier: string, later: string) => coversMatch(readMatch(earlier), readMatch(later))
const fits = (match: string, reference: string) =>
  ruleFor({ name: 'policy.yml', rules: [aRule({ match })] }, parseReference(reference)) !== undefined

describe.each([
  [
    'ghcr.io/acme/*',
    ['ghcr.io/acme/app', 'GHCR.io/acme/app:1.4'],
    ['ghcr.io/acme/team/app', 'ghcr.io/acme-evil/app', 'quay.io/acme/app']
  ],
  [
    'ghcr.io/acme/**',
    ['ghcr.io/acme/app', 'ghcr.io/acme/team/app'],
    ['ghcr.io/acme-evil/app', 'ghcr.io.evil.com/acme/app']
  ],
  ['GHCR.io/Acme/**', ['ghcr.io/acme/app'], []],
  ['ghcr.io/acme/app', ['ghcr.io:443/acme/app', 'ghcr.io:0443/acme/app'], ['ghcr.io:444/acme/app']],
  ['ghcr.io:443/acme/**', ['ghcr.io/acme/app'], []],
  ['docker.io/acme/*', ['registry-1.docker.io/acme/app', 'registry.hub.docker.com:443/acme/app'], []],
  ['registry-1.docker.io/acme/*', ['acme/app'], ['eu.registry-1.docker.io/acme/app']],
  ['docker.io/library/*', ['mongo', 'mongo:7', 'docker.io/mongo', 'index.docker.io/library/mongo'], ['acme/mongo']],
  ['index.docker.io/library/*', ['mongo', 'docker.io/library/mongo'], ['acme/mongo']],
  ['mongo', ['mongo', 'docker.io/library/mongo:7'], ['acme/mongo', 'mongodb', 'ghcr.io/library/mongo']],
  ['docker.io/mongo', ['mongo'], ['acme/mongo']],
  ['acme/*', ['acme/app', 'docker.io/acme/app'], ['ghcr.io/acme/app', 'mongo']],
  ['docker.io/**', ['mongo', 'acme/app'], ['ghcr.io/acme/app']],
  ['localhost/*', ['localhost/app'], ['docker.io/localhost/app']],
  ['127.0.0.1:5000/**', ['127.0.0.1:5000/app', '127.0.0.1:5000/a/b'], ['127.0.0.1:5001/app', '127.0.0.1/app']],
  ['\\[::1\\]:5000/*', ['[::1]:5000/app'], []],
  ['{ghcr.io,quay.io}/acme/*', ['ghcr.io/acme/app', 'quay.io/acme/app'], ['docker.io/acme/app']],
  ['*/acme/*', ['ghcr.io/acme/app', 'acme/app'], ['ghcr.io/x/acme/app']],
  ['**/app', ['ghcr.io/acme/app', 'acme/app'], ['ghcr.io/acme/apps']],
  ['**', ['mongo', 'ghcr.io/acme/app'], []]
])('%s', (match, fitting, others) => {
  test.each(fitting)('is about %s', reference => expect(fits(match, reference)).toBe(true))
  if (others.length > 0) test.each(others)('is not about %s', reference => expect(fits(match, reference)).toBe(false))
})

test.each([
  ['https://ghcr.io/acme/*', 'begins with a scheme'],
  ['ghcr.io/acme/app:1.4', 'has a tag or digest'],
  [`ghcr.io/acme/app@sha256:${'a'.repeat(64)}`, 'has a tag or digest'],
  ['mongo@sha256:abc', 'has a tag or digest'],
  ['', 'names a part of no image'],
  ['*', 'names a part of no image'],
  ['ghcr.io', 'names a part of no image'],
  ['mongo:7', 'names a part of no image'],
  ['mongo*', 'names a part of no image'],
  ['docker.io/*', 'is unclear'],
  ['ghcr.io//app', 'has an empty part'],
  ['/app', 'has an empty part'],
  ['ghcr.io/', 'has an empty part'],
  ['ghcr.io/[a', 'has a "[" without "]"'],
  [' ghcr.io/a', 'has white space']
])('%j is refused: %s', (match, message) => {
  expect(() => readMatch(match)).toThrow(message)
})

test('the first rule that matches decides, and what none matches has none', () => {
  const [one, two] = [aRule({ match: 'ghcr.io/acme/app' }), aRule({ match: 'ghcr.io/acme/*' })]
  const policy = { name: 'policy.yml', rules: [one, two] }
  expect(ruleFor(policy, parseReference('ghcr.io/acme/app'))).toBe(one)
  expect(ruleFor(policy, parseReference('ghcr.io/acme/other'))).toBe(two)
  expect(ruleFor(policy, parseReference('mongo'))).toBeUndefined()
})

describe('covers', () => {
  test.each([
    ['ghcr.io/acme/*', 'ghcr.io/acme/*'],
    ['docker.io/library/mongo', 'mongo'],
    ['index.docker.io/acme/*', 'acme/*'],
    ['GHCR.io/acme/*', 'ghcr.io/Acme/*'],
    ['**', 'ghcr.io/acme/*'],
    ['ghcr.io/acme/**', 'ghcr.io/acme/app'],
    ['ghcr.io/acme/**', 'ghcr.io/acme/team/*'],
    ['ghcr.io/**', 'ghcr.io/acme/**'],
    ['*/acme/*', 'ghcr.io/acme/app']
  ])('%s takes all of %s', (earlier, later) => expect(covers(earlier, later)).toBe(true))

  test.each([
    ['ghcr.io/acme/*', 'ghcr.io/acme/**'],
    ['ghcr.io/acme/app', 'ghcr.io/acme/*'],
    ['ghcr.io/acme/**', 'ghcr.io/acme-evil/*'],
    ['ghcr.io/acme/**', '**']
  ])('%s does not take all of %s', (earlier, later) => expect(covers(earlier, later)).toBe(false))

  const part = fc.constantFrom('acme', 'app', '*', '**', 'a*', '{acme,app}', '[a-b]pp')
  const match = fc
    .tuple(
      fc.constantFrom('ghcr.io', 'docker.io', 'library', 'acme', '**', '*'),
      fc.array(part, { minLength: 1, maxLength: 3 })
    )
    .map(([first, rest]) => [first, ...rest].join('/'))
    .filter(text => {
      try {
        readMatch(text)
        return true
      } catch {
        return false
      }
    })
  const reference = fc
    .tuple(
      fc.constantFrom('ghcr.io/', 'ghcr.io:443/', 'docker.io/', 'index.docker.io/', 'registry-1.docker.io/', ''),
      fc.array(fc.constantFrom('acme', 'app', 'library', 'bpp'), { minLength: 1, maxLength: 3 })
    )
    .map(([host, parts]) => host + parts.join('/'))

  test('never claims what is not so', () => {
    fc.assert(
      fc.property(match, match, reference, (earlier, later, text) => {
        const name = nameOf(parseReference(text))
        if (covers(earlier, later) && readMatch(later).fits(name)) expect(readMatch(earlier).fits(name)).toBe(true)
      }),
      { numRuns: 2_000 }
    )
  })

  test('a name written as a match fits that image and no other', () => {
    fc.assert(
      fc.property(reference, reference, (one, other) => {
        const isSame = nameOf(parseReference(one)) === nameOf(parseReference(other))
        expect(fits(one, other)).toBe(isSame)
        expect(fits(one.toUpperCase(), other)).toBe(isSame)
      })
    )
  })
})
