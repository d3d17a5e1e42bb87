import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderAnnotations } from '../../../src/render/annotations.ts'
import { COMMENT_LIMIT, MARKER_ROOM, renderComment } from '../../../src/render/comment.ts'
import { attestedInWords, evidenceFailures, failedEvidenceWord } from '../../../src/render/evidence-words.ts'
import { headlineOf, headlineOfAll } from '../../../src/render/headline.ts'
import { isFailing, renderIssue } from '../../../src/render/issue.ts'
import type { Evidence, ImageOutcome, PromotedTag, Promotion, SignatureCheck } from '../../../src/render/outcome.ts'
import { RESULTS_LIMIT, renderOutputs } from '../../../src/render/outputs.ts'
import { promotedInWords, promotionFailure } from '../../../src/render/promotion-words.ts'
import { isSigned, isVerified, signingInWords } from '../../../src/render/signature-words.ts'
import { renderSummary } from '../../../src/render/summary.ts'
import { renderTable } from '../../../src/render/table.ts'
import { ATTESTED, aFailedImage, anImage, aVulnerability, INDEX_DIGEST, runFacts } from '../../fixtures/outcome.ts'

const NAME = 'ghcr.io/acme/app'
const critical = aVulnerability({ id: 'CVE-2024-1', severity: 'critical' })

function evidence(type: Evidence['type'], platform: string, rest: Partial<Evidence> = {}): Evidence {
  return { type, platform, state: 'attested', ...rest }
}

const refused = { state: 'failed', reason: 'the registry refused it' } as const

describe('what is attested', () => {
  test.each<[string, readonly Evidence[]]>([
    ['', []],
    ['attested: SBOM and scan for linux/amd64', ATTESTED],
    [
      'attested: SBOM and scan for linux/amd64 and linux/arm64',
      ['linux/amd64', 'linux/arm64'].flatMap(platform => [evidence('sbom', platform), evidence('vuln', platform)])
    ],
    ['attested: SBOM for a and b, scan for a', [evidence('sbom', 'a'), evidence('sbom', 'b'), evidence('vuln', 'a')]],
    [
      'attested: SBOM for a; already attested: scan for a',
      [evidence('vuln', 'a', { state: 'already-attested' }), evidence('sbom', 'a')]
    ],
    [
      'attested: scan for p0, p1, p2, p3, p4, p5 and 3 more platforms',
      Array.from({ length: 9 }, (_, index) => evidence('vuln', `p${index}`))
    ],
    ['', [evidence('sbom', 'a', refused)]]
  ])('%s', (words, all) => expect(attestedInWords(anImage({ evidence: all }))).toBe(words))
})

describe('what could not be attested', () => {
  test.each<[readonly string[], readonly Evidence[]]>([
    [[], ATTESTED],
    [
      ['the signature is valid; the SBOM attestation of linux/arm64 failed: the registry refused it'],
      [evidence('vuln', 'linux/arm64'), evidence('sbom', 'linux/arm64', refused)]
    ],
    [
      ['the signature is valid; the SBOM and scan attestations of a and b failed: the registry refused it'],
      ['a', 'b'].flatMap(platform => [evidence('sbom', platform, refused), evidence('vuln', platform, refused)])
    ],
    [
      [
        'the signature is valid; the SBOM attestation of a failed: the registry refused it',
        'the signature is valid; the scan attestation of a failed: too large'
      ],
      [evidence('sbom', 'a', refused), evidence('vuln', 'a', { state: 'failed', reason: 'too large' })]
    ]
  ])('%j', (words, all) => {
    expect(evidenceFailures(anImage({ evidence: all })).map(({ reason }) => reason)).toEqual(words)
  })

  const image = anImage({ evidence: [evidence('sbom', 'a', { ...refused, remedy: 'take sbom out of attest' })] })

  test('leaves the image signed and the step green, and is said where nobody overlooks it', () => {
    expect(headlineOf(image, runFacts())).toMatchObject({
      icon: '⚠️',
      text: 'no findings, signed and verified, SBOM attestation failed'
    })
    expect(isSigned(image)).toBe(true)
    expect(isFailing(image)).toBe(false)
    expect(renderAnnotations([image], runFacts())).toEqual([
      expect.objectContaining({ level: 'warning', title: 'imgguard' }),
      {
        level: 'warning',
        title: `${NAME} is not attested as it should be`,
        message: `${NAME}: the signature is valid; the SBOM attestation of a failed: the registry refused it. Take sbom out of attest.`
      }
    ])
    expect(renderComment([image], runFacts())).toMatch(
      /\*\*Not done\*\*[\s\S]*\*\*attestation\*\*[\s\S]*Take sbom out of attest/
    )
  })

  test('that was skipped is said with its reason: in the log, the summary and for programs, in a comment at its end', () => {
    const reason = 'it is not signed: schedule is not in sign-on'
    const signing = { state: 'skipped', reason: 'schedule is not in sign-on', later: false } as const
    const skipped = anImage({ signing, evidenceSkipped: reason })
    expect(renderTable([skipped], runFacts())).toContain('evidence     not attested: it is not signed\n')
    expect(renderSummary([skipped], runFacts())).toContain(`- **attestation**: ${reason}\n`)
    expect(renderComment([skipped], runFacts())).toMatch(/ · Not attested: it is not signed\n\n\[Job summary/)
    expect(renderComment([skipped], runFacts())).not.toContain('Not done')
    expect(JSON.parse(renderOutputs([skipped], runFacts(), {})['results'] ?? '')).toMatchObject([
      { evidenceSkipped: reason }
    ])
    const checked = { ...skipped, signatureCheck: { state: 'good', signer: 'key SHA256:1' } } as const
    expect(attestedInWords(checked)).toBe(`not attested: ${reason}`)
    const later = anImage({ signing: { ...signing, later: true }, evidenceSkipped: reason })
    expect(renderSummary([later], runFacts())).not.toContain('Not done')
  })

  test('is told with short digests, and stays whole for programs', () => {
    const reason = `${NAME}@${INDEX_DIGEST} could not be attested`
    const failed = anImage({ evidence: [evidence('sbom', 'a', { state: 'failed', reason })] })
    const short = `${NAME}@${INDEX_DIGEST.slice(0, 19)} could not`
    expect(evidenceFailures(failed)).toMatchObject([{ reason: expect.stringContaining(short) }])
    expect(renderOutputs([failed], runFacts(), {})['results']).toContain(reason)
    const unsigned = anImage({ signing: { state: 'failed', reason, done: [`${NAME}@${INDEX_DIGEST} (bundle)`] } })
    expect(signingInWords(unsigned)).not.toContain(INDEX_DIGEST)
  })

  test('takes no more annotations than there are', () => {
    const failing = aFailedImage(
      Array.from({ length: 30 }, (_, n) => aVulnerability({ id: `CVE-2024-${n}`, severity: 'critical' }))
    )
    const all = Array.from({ length: 8 }, (_, n) => evidence('sbom', `p${n}`, { state: 'failed', reason: `r${n}` }))
    const annotations = renderAnnotations([{ ...failing, evidence: all }], runFacts())
    expect(annotations).toHaveLength(10)
    expect(annotations.filter(({ title }) => title.includes('not attested'))).toHaveLength(3)
  })

  test('is counted by kind in the headline', () => {
    expect(
      failedEvidenceWord(anImage({ evidence: [evidence('sbom', 'a', refused), evidence('vuln', 'a', refused)] }))
    ).toBe('SBOM and scan attestations failed')
  })
})

const tag = (name: string, state: PromotedTag['state'], rest: Partial<PromotedTag> = {}): PromotedTag => ({
  reference: name.includes('/') ? name : `${NAME}:${name}`,
  state,
  ...rest
})

describe('promotion', () => {
  const to = `sha256:${INDEX_DIGEST.slice(7, 19)}`

  test.each<[string, Promotion | undefined]>([
    ['', undefined],
    [
      `promoted: latest, r.example/app:1.4 → ${to}; there already: edge; kept: 1, as run 12 is newer`,
      {
        state: 'done',
        tags: [
          tag('latest', 'moved'),
          tag('r.example/app:1.4', 'moved'),
          tag('edge', 'already-there'),
          tag('1', 'kept', { reason: 'run 12 is newer' })
        ]
      }
    ],
    ['not promoted: the gate failed', { state: 'skipped', reason: 'the gate failed', failed: false }],
    ['', { state: 'skipped', reason: 'an attestation failed', failed: true }]
  ])('%s', (words, promotion) => {
    const image = anImage(promotion === undefined ? {} : { promotion })
    expect(promotedInWords(image)).toBe(words)
    expect(promotionFailure(image) === undefined).toBe(!(promotion?.state === 'skipped' && promotion.failed))
  })

  const image = anImage({
    promotion: {
      state: 'done',
      tags: [
        tag('latest', 'moved'),
        tag('1.4', 'failed', { reason: 'it is immutable', remedy: 'Leave 1.4 out.' }),
        tag('1', 'missed')
      ]
    }
  })

  test('that fails names what was moved, what was not, and what to do', () => {
    expect(promotionFailure(image)).toEqual({
      reason: '1.4 was not moved: it is immutable; not tried: 1',
      remedy: 'Leave 1.4 out.'
    })
    expect(promotedInWords(image)).toBe(`promoted: latest → ${to}`)
    expect(headlineOf(image, runFacts())).toMatchObject({
      icon: '❌',
      text: 'promotion failed; no findings, signed and verified'
    })
    expect(renderIssue([image], runFacts()).title).toBe(`imgguard: ${NAME} was not promoted as it should be`)
  })

  test('does not hide that the gate failed', () => {
    const failed = aFailedImage([critical], { promotion: { state: 'skipped', reason: 'x', failed: true } })
    expect(headlineOf(failed, runFacts()).group).toBe('failed')
    expect(headlineOf(failed, runFacts({ onFail: 'warn' }))).toMatchObject({ icon: '❌', group: 'promotion failed' })
  })
})

describe('the look at a signature that is there', () => {
  const skipped: ImageOutcome['signing'] = { state: 'skipped', reason: 'sign is never', later: false }
  const checked = (signatureCheck: SignatureCheck) => anImage({ signing: skipped, signatureCheck })
  const good = checked({ state: 'good', signer: 'key SHA256:abc' })

  test('is good: signed and verified, though not by this run', () => {
    expect([isSigned(good), isVerified(good), isFailing(good)]).toEqual([true, true, false])
    expect(headlineOf(good, runFacts())).toMatchObject({ icon: '✅', text: 'no findings, signature verified' })
    expect(signingInWords(good)).toBe('signature verified: key SHA256:abc')
    expect(renderOutputs([good], runFacts(), {})).toMatchObject({ signed: 'true', verified: 'true' })
  })

  test.each([
    ['there is no signature', 'no signature'],
    ['there is no signature, only attestations by others (x)', 'no signature, only attestations by others (x)'],
    ['nobody signed it', 'no signature: nobody signed it']
  ])('that there is none is said once: %s', (reason, words) => {
    expect(signingInWords(checked({ state: 'absent', reason }))).toBe(words)
  })

  test.each([
    ['gone', 'signature is gone'],
    ['absent', 'no signature'],
    ['bad', 'signature refused'],
    ['unreachable', 'signature not checked']
  ] as const)('%s: "%s", never a pass, and the issue says so', (state, word) => {
    const image = checked({ state, reason: 'this is why', remedy: 'Do that.' })
    expect([isSigned(image), isVerified(image), isFailing(image)]).toEqual([false, false, true])
    expect(headlineOf(image, runFacts())).toMatchObject({ icon: '❌', text: `${word}; no findings` })
    expect(headlineOfAll([image, good], runFacts()).text).toBe('2 images: 1 signature check failed, 1 passed')
    const issue = renderIssue([image], runFacts())
    expect(issue.title).toBe(`imgguard: ${NAME} fails: ${word}`)
    expect(issue.body).toMatch(new RegExp(`❌ ${word[0]?.toUpperCase()}${word.slice(1)}: this is why`))
    expect(issue.body).toMatch(/\*\*signature\*\*: this is why\. Do that\./)
  })

  test('is told beside a failed gate', () => {
    const image = { ...aFailedImage([critical]), signatureCheck: { state: 'gone', reason: 'r' } as const }
    expect(headlineOf(image, runFacts()).text).toBe('1 fixable critical vulnerability, signature is gone')
  })
})

test('whatever is said of trust, every document keeps its limit and is one of Markdown that nobody else wrote', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.constant('</details>\n# @octocat ##[error]x `a` | b')
  )
  const images = fc.record({
    evidence: fc.array(
      fc.record({
        type: fc.constantFrom('sbom' as const, 'vuln' as const),
        platform: text,
        state: fc.constantFrom('attested' as const, 'already-attested' as const, 'failed' as const),
        reason: text,
        remedy: text
      }),
      { maxLength: 40 }
    ),
    promotion: fc.oneof(
      fc.record({ state: fc.constant('skipped' as const), reason: text, failed: fc.boolean(), remedy: text }),
      fc.record({
        state: fc.constant('done' as const),
        tags: fc.array(
          fc.record({
            reference: text,
            state: fc.constantFrom('moved', 'already-there', 'kept', 'failed', 'missed') as fc.Arbitrary<
              PromotedTag['state']
            >,
            reason: text,
            remedy: text
          }),
          { maxLength: 40 }
        )
      })
    ),
    signatureCheck: fc.oneof(
      fc.record({ state: fc.constant('good' as const), signer: text }),
      fc.record({ state: fc.constantFrom('gone' as const, 'bad' as const), reason: text, remedy: text })
    )
  })
  fc.assert(
    fc.property(images, trust => {
      const image = { ...anImage({ signing: { state: 'skipped', reason: 'x', later: false } }), ...trust }
      const comment = renderComment([image], runFacts())
      expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT - MARKER_ROOM)
      expect(comment.replace(/`[^`\n]*`/g, '')).not.toMatch(/@octocat|^# /m)
      expect(renderSummary([image], runFacts())).not.toMatch(/^# /m)
      expect(renderTable([image], runFacts())).not.toContain('##[')
      expect(Buffer.byteLength(renderOutputs([image], runFacts(), {})['results'] ?? '')).toBeLessThanOrEqual(
        RESULTS_LIMIT
      )
      for (const { message, title } of renderAnnotations([image], runFacts()))
        expect(`${title}${message}`).not.toMatch(/\n|##\[/)
    }),
    { numRuns: 60 }
  )
})
