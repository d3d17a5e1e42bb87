import { expect, test } from '@jest/globals'
import { problemOfIdentityPattern } from '../../../src/trust/identity.ts'

test.each([
  '^https://github\\.com/acme/.*$',
  '(?i)^https://github\\.com/acme/.*$',
  '^(a|b)$',
  '^[|]$',
  '^[^]|]$',
  '^a\\|b$',
  '^\\Qa|b\\E$',
  '^a\\\\$'
])('%s matches the whole', regexp => expect(problemOfIdentityPattern(regexp)).toBeUndefined())

test.each([
  ['https://github.com/acme/.*', 'begin with ^'],
  ['^https://github.com/acme', 'end with $'],
  ['https://github.com/acme$', 'begin with ^'],
  ['^acme\\$', 'end with $'],
  ['^a|b$', '|'],
  ['^(a|b)c|d$', '|'],
  ['^a\\\\|b$', '|'],
  ['(?m)^a$', 'flag m'],
  ['(?im)^a$', 'flag m'],
  ['', 'begin with ^']
])('%s does not: %s', (regexp, what) => expect(problemOfIdentityPattern(regexp)).toContain(what))
