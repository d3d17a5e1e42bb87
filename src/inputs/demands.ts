import { DEMAND_KEYS, type DemandKey, demandOf } from '../trust/demand.ts'
import { suggestion } from '../trust/nearest.ts'
import type { Demand } from '../trust/trust.ts'
import { type Fields, shown } from './fields.ts'

const CONDITIONS = DEMAND_KEYS.filter(key => key !== 'type')

/** `attested`: lines such as `vuln max-age=7d fail-on=critical`; problems of `fields` where they cannot be understood. */
export function parseDemands(fields: Fields): readonly Omit<Demand, 'signedBy'>[] {
  return fields.list('attested').flatMap(line => parseDemand(fields, line))
}

function parseDemand(fields: Fields, line: string): Omit<Demand, 'signedBy'>[] {
  const [type = '', ...words] = line.split(/\s+/)
  const given: Partial<Record<DemandKey, string>> = { type }
  for (const word of words) {
    const problem = addCondition(given, word)
    if (problem !== undefined) {
      fields.reject(`attested has "${shown(line)}"; ${problem}`)
      return []
    }
  }
  const demand = demandOf(given)
  if (!('problem' in demand)) return [demand]
  fields.reject(`attested has "${shown(line)}": ${demand.key} ${demand.problem}`)
  return []
}

/** Adds `max-age=7d` to what was given; returns what is wrong with it. */
function addCondition(given: Partial<Record<DemandKey, string>>, word: string): string | undefined {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(word) ?? []
  if (name === '')
    return `"${shown(word)}" is no condition; a line is a type and key=value, such as vuln max-age=7d fail-on=critical`
  const key = CONDITIONS.find(known => known === name)
  if (key === undefined) return `the condition "${shown(name)}" is not known; ${suggestion(name, CONDITIONS)}`
  if (given[key] !== undefined) return `${key} stands there twice; remove one of them`
  given[key] = value
  return undefined
}
