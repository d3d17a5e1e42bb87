import { describe, expect, test } from '@jest/globals'
import { rowWith, stepWith } from './helpers/step-with.ts'
import { freshImage } from './helpers/world.ts'

const DAY_MS = 86_400_000

describe('grace-days', () => {
  const grace = { 'fail-on-secret': 'none', 'grace-days': 'critical=9999' }

  test('lets pass what was published not long ago, and shows in how many days it is due', async () => {
    const ran = await stepWith({ inputs: { ...grace, image: await freshImage('vulnerable') } })
    // In Trivy's database it was published on 2022-03-17; the second number is for a test that runs over midnight.
    const due = Math.floor((Date.parse('2022-03-17') + 9999 * DAY_MS - Date.now()) / DAY_MS) + 1
    expect(ran.exitCode).toBe(0)
    expect(ran.outputs).toMatchObject({ verdict: 'pass', suppressed: '0' })
    for (const text of [ran.comment, ran.summary])
      expect(rowWith(text, 'CVE-2021-44906')).toMatch(new RegExp(`due in (${due}|${due + 1}) days`))
  })

  test('is not for what the catalogue says is exploited, which fails at any severity and stands first', async () => {
    const vulnerabilities = ['CVE-2021-44906', 'CVE-2024-29041', 'CVE-1999-0001'].map(cveID => ({ cveID }))
    const ran = await stepWith({
      head: { 'security/kev.json': JSON.stringify({ title: 'A catalogue', vulnerabilities }) },
      inputs: {
        ...grace,
        image: await freshImage('vulnerable'),
        'known-exploited': 'security/kev.json',
        'fail-on-known-exploited': 'true'
      }
    })
    expect(ran.exitCode).toBe(1)
    expect(ran.reasons).toEqual([
      expect.stringMatching(/^1 critical and 1 medium .*known to be exploited.*\(fail-on-known-exploited\)$/)
    ])
    for (const text of [ran.comment, ran.summary]) {
      expect(rowWith(text, 'CVE-2021-44906')).toContain('**known exploited**')
      expect(rowWith(text, 'CVE-2024-29041')).toContain('**known exploited**')
      expect(text.indexOf('CVE-2024-29041')).toBeLessThan(text.indexOf('aws-access-key-id'))
      expect(text).not.toContain('due in')
    }
  })
})
