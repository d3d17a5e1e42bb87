import { beforeAll, describe, expect, test } from '@jest/globals'
import { plantAlerts } from './helpers/github.ts'
import { rowWith, stepWith, type Told, topOf } from './helpers/step-with.ts'
import { freshImage, freshRepository } from './helpers/world.ts'

const MINIMIST_FAILS = '1 critical vulnerability with a fix (fail-on: critical)'

describe('accept-dismissed', () => {
  const by = (login: string, reason: string, comment?: string) => ({
    dismissed: { by: login, at: '2026-11-20T10:00:00Z', reason, ...(comment === undefined ? {} : { comment }) }
  })
  const PERSON = by('hubot', 'false positive', 'we give it | no input')
  const inputs = { 'accept-dismissed': 'true', 'fail-on-secret': 'none' }
  let image: string
  let first: Told
  beforeAll(async () => {
    image = await freshImage('vulnerable')
    first = await stepWith({ event: 'push', inputs: { ...inputs, image, sign: 'never' } })
  })

  test('accepts nothing and misses nothing before the first upload', () => {
    expect(first.reasons).toEqual([MINIMIST_FAILS])
    expect(first.summary).not.toContain('dismissed alerts')
    expect(first.category).toMatch(/^imgguard\/build\.yml\/build\/.*\/linux-amd64\/$/)
  })

  test('takes out what a person dismissed on the default branch for this image, and uploads it as before', async () => {
    const { repository, category } = first
    const alerts = [
      { rule: 'CVE-2021-44906/npm/minimist', category, ...PERSON },
      { rule: 'CVE-2021-3749/npm/axios', category, ...by('tidy[bot]', 'false positive') },
      { rule: 'CVE-2024-45590/npm/body-parser', category, ...by('octocat', 'false positive') },
      { rule: 'CVE-2021-23337/npm/lodash', category, ...by('hubot', 'used in tests') },
      { rule: 'CVE-2022-24999/npm/qs', category: category.replace('/linux-amd64/', '/linux-arm64/'), ...PERSON },
      { rule: 'CVE-2024-45296/npm/path-to-regexp', category, ref: 'refs/heads/other', ...PERSON },
      { rule: 'CVE-2025-0395/debian/libc6', category, tool: 'Trivy', ...PERSON },
      { rule: 'CVE-2024-29041/npm/express', category },
      { rule: 'secret/aws-access-key-id/srv/shop/.env', category, ...PERSON }
    ]
    // Each of them would be accepted but for one thing, so each must have been found.
    expect(first.uploaded).toEqual(expect.arrayContaining(alerts.map(({ rule }) => rule)))
    await plantAlerts(repository, ...alerts)
    const ran = await stepWith({ repository, inputs: { ...inputs, image } })
    expect(ran.exitCode).toBe(0)
    expect(ran.outputs).toMatchObject({ verdict: 'pass', suppressed: '1', critical: '3', high: '15' })
    for (const text of [ran.comment, ran.summary]) {
      expect(text).toContain('Accepted risks: 1 found')
      const row = rowWith(text, 'CVE-2021-44906', 'dismissed alert')
      expect(row).toContain('dismissed as false positive by hubot: we give it &#124; no input')
      expect(row).toContain(`/${repository}/security/code-scanning/1`)
    }
    expect(topOf(ran)).not.toContain('This pull request accepts')
    expect(ran.category).toBe(category)
    expect(ran.uploaded).toEqual(first.uploaded)
    expect(ran.uploaded).toContain('CVE-2021-44906/npm/minimist')
  })

  test('accepts nothing when the alerts cannot be read, and says which permission is missing', async () => {
    const { repository } = first
    const ran = await stepWith({ repository, forbidden: 'code-scanning/alerts', inputs: { ...inputs, image } })
    expect(ran.exitCode).toBe(1)
    expect(ran.reasons).toEqual([MINIMIST_FAILS])
    expect(ran.comment).toContain('**dismissed alerts**: the token lacks the permission')
    expect(ran.comment).toMatch(/```yaml\n\s+permissions:\n\s+security-events: read\n\s+```/)
  })
})

test('an alert that is dismissed for one platform of an image says nothing of the others', async () => {
  const repository = freshRepository()
  const inputs = { image: await freshImage('index'), 'accept-dismissed': "won't fix", comment: 'always' }
  const { category, uploaded } = await stepWith({ repository, event: 'push', inputs: { ...inputs, sign: 'never' } })
  expect(category).toMatch(/\/linux-amd64\/$/)
  await plantAlerts(repository, {
    rule: 'CVE-2025-4802/debian/libc6',
    category,
    dismissed: { by: 'hubot', at: '2026-11-20T10:00:00Z', reason: "won't fix" }
  })
  const ran = await stepWith({ repository, inputs })
  expect(ran.outputs).toMatchObject({ suppressed: '1' })
  const rows = ran.comment.split('\n').filter(line => line.includes('CVE-2025-4802'))
  expect(rows).toEqual([
    expect.stringMatching(/debian package \| arm64 \|$/),
    expect.stringMatching(/dismissed as won't fix by hubot.* \| amd64 \|$/)
  ])
  expect(ran.uploaded).toEqual(uploaded)
})
