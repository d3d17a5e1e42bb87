import type { GitHubClient } from '../../github/client.ts'
import type { JudgedImage, RunFacts, Skipped } from '../../render/outcome.ts'
import type { Prepared } from '../prepare.ts'
import type { ReleaseChecker } from '../released/checker.ts'
import type { Released } from '../released/released.ts'
import type { Scanned } from '../scan/scan-images.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { factsOf } from '../tell/facts.ts'
import { readDismissed } from './dismissed.ts'
import { type JudgingRules, judge, type ScannedBaseline } from './judge.ts'
import type { Rules } from './rules.ts'

/** What judging is done by and about. */
export interface ToJudge extends Scanned {
  readonly prepared: Prepared
  readonly rules: Rules
  readonly checker: ReleaseChecker | undefined
  readonly released: Released
}

/** The verdict on each image, and what the renderers are told of the run. Never throws: what could not be read is told as skipped. */
export async function judgeImages(
  setting: Setting,
  client: GitHubClient | undefined,
  { prepared, rules, checker, released, scans, origins }: ToJudge
): Promise<{ readonly judged: ReadonlyMap<Subject, JudgedImage>; readonly facts: RunFacts }> {
  const { scanner, signer, subjects, baselines } = prepared
  const now = setting.now()
  const named = subjects.map(subject => ({
    name: subject.name,
    platforms: (scans.get(subject) ?? []).map(({ platform }) => platform)
  }))
  const dismissed = await readDismissed(setting, client, named)
  const accepted = [...rules.accepted, ...dismissed.risks]
  const by: JudgingRules = {
    policy: setting.config.policy,
    risks: accepted,
    vexByPullRequest: rules.vexByPullRequest,
    today: now.toISOString().slice(0, 10),
    scope: scopeOf(setting)
  }
  const judged = new Map(
    subjects.map(subject => {
      const baseline = baselines.get(subject)
      const compared = baseline === undefined ? released.scans.get(subject) : scannedBaseline(baseline, scans)
      return [subject, judge(subject, scans.get(subject) ?? [], by, compared)]
    })
  )
  const skipped = [...rules.skipped, ...dismissed.skipped, ...withoutLines(judged, origins)]
  return { judged, facts: factsOf(setting, { now, scanner, accepted, skipped, signer, checker }) }
}

/** What turns the step red where there is a baseline. */
function scopeOf({ config, context }: Setting): JudgingRules['scope'] {
  if (config.failOnScope !== 'auto') return config.failOnScope
  return context.pullRequest === undefined ? 'all' : 'new'
}

/** Images whose findings have no line of the Dockerfile that is there. */
function withoutLines(judged: ReadonlyMap<Subject, JudgedImage>, origins: Scanned['origins']): Skipped[] {
  return [...judged].flatMap(([subject, { name, findings }]) => {
    const reason = origins.get(subject)?.reason
    return reason === undefined || findings.length === 0
      ? []
      : [{ what: 'Dockerfile lines', reason: `${name}: ${reason}` }]
  })
}

function scannedBaseline(
  baseline: NonNullable<ReturnType<Prepared['baselines']['get']>>,
  scans: Scanned['scans']
): ScannedBaseline {
  if ('reason' in baseline) return baseline
  const { subject, reference } = baseline
  return { reference, digest: subject.digest ?? '', scans: scans.get(subject) ?? [] }
}
