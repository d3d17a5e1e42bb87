import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UserError } from '../../../src/lib/errors.ts'
import { recogniseVex } from '../../../src/policy/vex.ts'

const fixture = (name: string) => readFile(new URL(`../../fixtures/vex/${name}`, import.meta.url), 'utf8')

test('the two formats are known', async () => {
  expect(recogniseVex('a.json', await fixture('shop.openvex.json'))).toBe('OpenVEX')
  expect(recogniseVex('a.json', await fixture('minimist.csaf.json'))).toBe('CSAF')
})

test.each([
  ['', 'vex.json is not a JSON document; vex takes OpenVEX and CSAF files'],
  ['[]', 'vex.json is not a JSON document'],
  ['vulnerabilities:', 'vex.json is not a JSON document'],
  [
    '{}',
    'vex.json is something else; vex takes OpenVEX ("@context": "https://openvex.dev/ns/…", "statements") and CSAF'
  ],
  ['{"@context": "https://openvex.dev/ns/v0.2.0"}', 'vex.json is OpenVEX without a list of "statements"'],
  ['{"@context": "https://example.com", "statements": []}', 'vex.json is something else'],
  ['{"document": {"csaf_version": "2.0"}}', 'vex.json is CSAF without a list of "vulnerabilities"'],
  ['{"document": {}, "vulnerabilities": []}', 'vex.json is something else'],
  ['{"bomFormat": "CycloneDX", "vulnerabilities": []}', 'vex.json is a CycloneDX document, which counts only for SBOMs']
])('%j is refused', (text, message) => {
  expect(() => recogniseVex('vex.json', text)).toThrow(UserError)
  expect(() => recogniseVex('vex.json', text)).toThrow(message)
})

test('whatever the text, it is known or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      try {
        recogniseVex('a', text)
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
      }
    })
  )
})
