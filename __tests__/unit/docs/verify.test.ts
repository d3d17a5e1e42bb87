import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { parseVerifyConfig } from '../../../src/inputs/verify-config.ts'
import { parseTrustPolicy } from '../../../src/trust/policy-file.ts'
import { OUTCOMES } from '../../../src/trust/trust.ts'
import { aPublicKey } from '../../fixtures/trust.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const page = read('docs/verify.md')
const fitsSchema = new Ajv({ strict: false }).compile(JSON.parse(read('verify/policy.schema.json')))

const [inPage = ''] = /^# \.github\/imgguard\.yml\n[\s\S]*?(?=^```$)/m.exec(page) ?? []

describe.each([
  ['docs/verify.md', inPage],
  ['docs/recipes/own-registry.policy.yml', read('docs/recipes/own-registry.policy.yml')],
  ['docs/recipes/trusted-publishers.policy.yml', read('docs/recipes/trusted-publishers.policy.yml')]
])('the policy in %s', (name, text) => {
  test('is one, and has rules', () => {
    expect(parseTrustPolicy(text, name).rules.length).toBeGreaterThan(0)
  })

  test('fits the schema that its first lines name', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:\/\/\S+\/verify\/policy\.schema\.json$/m)
    expect([fitsSchema(parse(text)), fitsSchema.errors]).toEqual([true, null])
  })
})

test('the page has every outcome once, in order', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| [^|]+\| [^|]*\|$/gm)].map(([, name = '']) => name)
  expect(rows.filter(name => OUTCOMES.some(outcome => outcome === name))).toEqual([...OUTCOMES])
})

test('every line of attested in the page is understood', () => {
  const [table = ''] = /^`attested` \(in the policy[\s\S]*?(?=^## )/m.exec(page) ?? []
  const lines = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(', ').map(one => one.replaceAll('`', ''))
  )
  expect(lines).toHaveLength(5)
  const config = parseVerifyConfig({ image: 'a/b', key: aPublicKey(), attested: lines.join('\n') })
  expect(config.trust.kind === 'rule' && config.trust.rule.attested).toHaveLength(5)
})
