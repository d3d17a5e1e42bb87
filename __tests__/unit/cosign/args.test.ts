import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { signArguments, verifyArguments, verifyCommand } from '../../../src/cosign/args.ts'

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

const annotationsIn = (args: readonly string[]) => args.filter((_, index) => args[index - 1] === '-a')

describe('arguments of cosign sign', () => {
  test.each([
    ['bundle', false, ['--use-signing-config=false', '--tlog-upload=false', '--bundle', 'b.json']],
    ['bundle', true, ['--bundle', 'b.json']],
    ['legacy', false, ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false']],
    ['legacy', true, ['--new-bundle-format=false', '--use-signing-config=false']]
  ] as const)('in the format %s with the log %s', (format, log, flags) => {
    expect(signArguments(REFERENCE, { format, log }, { run: 'x' }, 'b.json')).toEqual([
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

  test('hold each annotation as one CSV field, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '=', ' ', '\n', 'é'), minLength: 0 }), value => {
        const [argument = ''] = annotationsIn(
          signArguments(REFERENCE, { format: 'bundle', log: false }, { key: value }, 'b')
        )
        expect(readCsv(argument)).toEqual([`key=${value}`])
      })
    )
  })
})

test.each([
  ['bundle', false, ['--insecure-ignore-tlog=true']],
  ['bundle', true, []],
  ['legacy', false, ['--insecure-ignore-tlog=true', '--new-bundle-format=false']],
  ['legacy', true, ['--new-bundle-format=false']]
] as const)('cosign verify in the format %s with the log %s has these flags', (format, log, flags) => {
  expect(verifyArguments(REFERENCE, { format, log })).toEqual([
    'verify',
    '--key',
    'env://COSIGN_PUBLIC_KEY',
    ...flags,
    '--output',
    'json',
    '--',
    REFERENCE
  ])
})

test('the command for people names no format, because cosign 2 has no such flag', () => {
  expect(verifyCommand(REFERENCE, { log: true }, {})).toBe(`cosign verify --key cosign.pub ${REFERENCE}`)
  expect(verifyCommand(REFERENCE, { log: false }, {})).toBe(
    `cosign verify --key cosign.pub --insecure-ignore-tlog=true ${REFERENCE}`
  )
})

test('the command for people is one command in a shell, whatever an annotation holds', () => {
  const value = `it's $(touch x) "y" \`z\`; a & b > c \\`
  const command = verifyCommand(REFERENCE, { log: true }, { repository: value })
  const printed = execFileSync('/bin/sh', ['-c', `cosign() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
  expect(printed.split('\0').slice(0, -1)).toEqual([
    'verify',
    '--key',
    'cosign.pub',
    '-a',
    `repository=${value}`,
    REFERENCE
  ])
})
