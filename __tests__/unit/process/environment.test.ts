import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { childEnvironment, only } from '../../../src/process/environment.ts'

const places = { emptyPath: '/private/path', home: '/private/home', dockerConfig: '/private/docker' }
const PASSED = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SystemRoot',
  'SYSTEMROOT'
]
const OWN = ['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TMP', 'TEMP', 'DOCKER_CONFIG']

test('a child has our own places, whatever the step’s are', () => {
  const env = Object.fromEntries(OWN.map(name => [name, '/hostile']))
  expect(Object.values(childEnvironment(env, places)).filter(value => value === '/hostile')).toEqual([])
  expect(childEnvironment(env, places)['PATH']).toBe('/private/path')
})

test('a child never has a variable that is not listed', () => {
  const name = fc.oneof(
    fc.constantFrom(
      ...PASSED,
      'INPUT_COSIGN-KEY',
      'GITHUB_TOKEN',
      'COSIGN_PASSWORD',
      'TRIVY_CONFIG',
      'AWS_SECRET_ACCESS_KEY',
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      'LD_PRELOAD'
    ),
    fc.string()
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), env => {
      const names = Object.keys(childEnvironment(env, places))
      expect(names.filter(each => ![...PASSED, ...OWN].includes(each))).toEqual([])
      expect(names.filter(each => PASSED.includes(each)).sort()).toEqual(
        Object.keys(env)
          .filter(each => PASSED.includes(each))
          .sort()
      )
    })
  )
})

test('a variable that is not set is not set to a word', () => {
  expect(only({ A: undefined, B: '' }, ['A', 'B', 'C'])).toEqual({ B: '' })
})
