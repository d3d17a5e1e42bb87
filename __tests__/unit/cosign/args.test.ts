import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { attestArguments, type SignatureOptions, signArguments } from '../../../src/cosign/args.ts'
import { aPemKey, keylessKey } from '../../fixtures/signing.ts'

const REFERENCE = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`

/** One CSV record, as Go's encoding/csv reads it, which is what pflag's StringSlice uses. */
function readCsv(record: string): string[] {
  const fields: string[] = []
  let rest = record
  for (;;) {
    const [whole = '', quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(?=,|$)/.exec(rest) ?? []
    if (whole === '' && rest !== '' && !rest.startsWith(',')) throw new Error(`not a record: ${record}`)
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (whole.length === rest.length) return fields
    rest = rest.slice(whole.length + 1)
  }
}

const OWN = { signingConfig: '/w/sc.json', trustedRoot: '/w/tr.json' }
const OWN_FLAGS = ['--signing-config', '/w/sc.json', '--trusted-root', '/w/tr.json']

const annotationsIn = (args: readonly string[]) => args.filter((_, index) => args[index - 1] === '-a')

describe('arguments of cosign sign', () => {
  test.each([
    ['bundle', false, ['--use-signing-config=false', '--tlog-upload=false', '--bundle', 'b.json']],
    ['bundle', true, ['--bundle', 'b.json']],
    ['legacy', false, ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false']],
    ['legacy', true, ['--new-bundle-format=false', '--use-signing-config=false']]
  ] as const)('in the format %s with the log %s', (format, log, flags) => {
    expect(signArguments(REFERENCE, aPemKey, { format, log }, { run: 'x' }, 'b.json')).toEqual([
      'sign',
      '--key',
      'env://COSIGN_PRIVATE_KEY',
      '--yes',
      ...flags,
      '-a',
      'run=x',
      '--',
      REFERENCE
    ])
  })

  test.each<[string, SignatureOptions, string[]]>([
    ['a signing config and a trusted root', { format: 'bundle', log: true, sigstore: OWN }, [...OWN_FLAGS]],
    ['a signing config without a log', { format: 'bundle', log: false, sigstore: OWN }, [...OWN_FLAGS]],
    [
      'a trusted root and the log',
      { format: 'bundle', log: true, sigstore: { trustedRoot: '/w/tr.json' } },
      ['--trusted-root', '/w/tr.json']
    ],
    [
      'a trusted root that no log needs',
      { format: 'bundle', log: false, sigstore: { trustedRoot: '/w/tr.json' } },
      ['--use-signing-config=false', '--tlog-upload=false']
    ]
  ])('with %s', (_, options, flags) => {
    const args = signArguments(REFERENCE, aPemKey, options, {}, 'b.json')
    expect(args.slice(4, -4)).toEqual(flags)
  })

  test('name no key where an identity signs', () => {
    const args = signArguments(REFERENCE, keylessKey(), { format: 'bundle', log: true }, {}, 'b.json')
    expect(args).toEqual(['sign', '--yes', '--bundle', 'b.json', '--', REFERENCE])
  })

  test('hold each annotation as one CSV field, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '=', ' ', '\n', 'é'), minLength: 0 }), value => {
        const [argument = ''] = annotationsIn(
          signArguments(REFERENCE, aPemKey, { format: 'bundle', log: false }, { key: value }, 'b')
        )
        expect(readCsv(argument)).toEqual([`key=${value}`])
      })
    )
  })
})

test.each([
  ['bundle', ['--use-signing-config=false', '--tlog-upload=false', '--bundle', 'b.json']],
  ['legacy', ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false']]
] as const)('cosign attest in the format %s', (format, flags) => {
  const predicate = { type: 'vuln', file: '/t/vuln.json' }
  expect(attestArguments(REFERENCE, aPemKey, { format, log: false }, predicate, 'b.json')).toEqual([
    'attest',
    '--key',
    'env://COSIGN_PRIVATE_KEY',
    '--yes',
    '--type',
    'vuln',
    '--predicate',
    '/t/vuln.json',
    ...flags,
    '--',
    REFERENCE
  ])
})
