import type { Policy } from '../policy/policy.ts'
import { SEVERITIES, type Severity } from '../report/severity.ts'
import { type Fields, shown } from './fields.ts'

const THRESHOLDS = [...SEVERITIES, 'none'] as const

/** What the gate demands, from its inputs; what is wrong in them becomes problems of `fields`. */
export function parsePolicy(fields: Fields): Policy {
  return {
    failOn: fields.choice('fail-on', THRESHOLDS),
    ignoreUnfixed: fields.boolean('ignore-unfixed'),
    failOnSecret: fields.choice('fail-on-secret', THRESHOLDS),
    failOnEol: fields.boolean('fail-on-eol'),
    failOnUnrecognised: fields.boolean('fail-on-unrecognised'),
    failOnKnownExploited: fields.boolean('fail-on-known-exploited'),
    graceDays: parseGraceDays(fields)
  }
}

/** `critical=7, high=30` */
function parseGraceDays(fields: Fields): Policy['graceDays'] {
  const days: Partial<Record<Severity, number>> = {}
  for (const entry of fields.list('grace-days')) {
    const [, word, count] = /^([a-z]+)\s*=\s*(\d{1,4})$/i.exec(entry) ?? []
    const severity = SEVERITIES.find(known => known === word?.toLowerCase())
    if (severity === undefined)
      fields.reject(
        `grace-days has "${shown(entry)}"; it is a list of severity=days such as critical=7, high=30, of ${SEVERITIES.join(', ')}`
      )
    else if (severity in days) fields.reject(`grace-days names ${severity} twice; remove one of them`)
    else days[severity] = Number(count)
  }
  return days
}
