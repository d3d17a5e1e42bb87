import { failsGate } from '../policy/evaluate.ts'
import { daysOfGrace } from '../policy/grace.ts'
import type { AcceptedRisk } from '../policy/policy.ts'
import { clean } from '../render/escape.ts'
import type { RunFacts } from '../render/outcome.ts'
import { todayOf, versionChanges } from '../render/select.ts'
import { plural, shortDigest } from '../render/words.ts'
import type { Finding, Layer, Remark, Source, Vulnerability } from '../report/model.ts'
import { SEVERITIES } from '../report/severity.ts'
import type { PagePlace, PageRow } from './data.ts'
import type { Entry } from './entries.ts'
import type { Interned } from './intern.ts'
import { addressOf } from './links.ts'

/** Most places of one row that are listed, and most versions that its cell names. */
const MOST_PLACES = 50
const MOST_CHANGES = 3

const MOST_TITLE = 200
const MOST_DESCRIPTION = 1200

/** Lists that rows point into. They grow with the rows. */
export interface Lists {
  readonly platforms: Interned
  readonly layers: Interned
  readonly packages: Interned
  readonly texts: Interned
}

/** What is known of an entry besides itself. */
export interface Standing {
  readonly group: number
  /** Platforms on which it is new; empty where it is not, or nobody knows. */
  readonly fresh: readonly string[]
}

/** One row of the page, all its texts cleaned and bounded. */
export function rowOf(entry: Entry, standing: Standing, lists: Lists, run: RunFacts): PageRow {
  const { about } = entry
  const vulnerability = about.kind === 'vulnerability' ? about : undefined
  const places = placesOf(about)
  const layers = about.kind === 'vulnerability' ? about.occurrences : about.kind === 'secret' ? [about] : []
  const published = vulnerability?.published.slice(0, 10)
  const description = descriptionOf(about)
  return {
    list: entry.list,
    kind: about.kind,
    severity: SEVERITIES.indexOf(about.severity),
    image: entry.image,
    id: clean(about.id, 80),
    ...given('url', addressOf(about)),
    subject: subjectOf(about, lists),
    ...given('ecosystem', vulnerability && clean(vulnerability.ecosystem, 40)),
    ...given('change', vulnerability && changeOf(vulnerability)),
    places: places.slice(0, MOST_PLACES),
    ...(places.length > MOST_PLACES && { morePlaces: places.length - MOST_PLACES }),
    layers: [...new Set(layers.flatMap(layerLabel))].slice(0, MOST_PLACES).map(lists.layers.place),
    platforms: entry.platforms.map(platform => lists.platforms.place(clean(platform, 60))),
    ...(about.title !== '' && { title: lists.texts.place(clean(about.title, MOST_TITLE)) }),
    ...(description !== '' && { description: lists.texts.place(clean(description, MOST_DESCRIPTION)) }),
    group: standing.group,
    ...given('published', published && clean(published, 10)),
    ...(vulnerability?.fixable && { fixable: true }),
    ...(vulnerability?.knownExploited && { exploited: true }),
    ...(entry.list === 'open' && openFacts(about, standing, lists, run)),
    ...(entry.by && { accepted: acceptedBy(entry.by, lists) })
  }
}

function openFacts(
  about: Finding | Remark,
  { fresh }: Standing,
  lists: Lists,
  run: RunFacts
): Pick<PageRow, 'gate' | 'fresh' | 'due'> {
  if (about.kind !== 'vulnerability' && about.kind !== 'secret') return {}
  const today = todayOf(run)
  const grace = daysOfGrace(about, run.policy, today)
  return {
    ...(failsGate(about, run.policy, today) && { gate: true }),
    ...(fresh.length > 0 && { fresh: fresh.map(platform => lists.platforms.place(clean(platform, 60))) }),
    ...given('due', grace === undefined ? undefined : `due in ${plural(grace, 'day')}`)
  }
}

function acceptedBy(by: AcceptedRisk, lists: Lists): NonNullable<PageRow['accepted']> {
  const reason = `${by.reason || 'no reason given'}${by.byPullRequest ? ' (accepted by this pull request)' : ''}`
  return {
    reason: lists.texts.place(clean(reason, 500)),
    source: clean(by.source, 200),
    expires: by.expires === undefined ? 'never' : clean(by.expires, 20)
  }
}

function subjectOf(about: Finding | Remark, lists: Lists): string {
  if (about.kind === 'secret') return clean(about.line > 0 ? `${about.path}:${about.line}` : about.path, 300)
  if (about.kind !== 'vulnerability') return clean(about.subject || 'the image', 200)
  const name = clean(about.package, 120)
  lists.packages.place(name)
  return name
}

function descriptionOf(about: Finding | Remark): string {
  if (about.kind === 'secret') return ''
  return about.kind === 'vulnerability' ? about.description : about.advice
}

function changeOf({ occurrences }: Vulnerability): string {
  const changes = versionChanges(occurrences).map(change => clean(change, 90))
  const more = changes.length - MOST_CHANGES
  return `${changes.slice(0, MOST_CHANGES).join(', ')}${more > 0 ? `, +${more}` : ''}`
}

function placesOf(about: Finding | Remark): PagePlace[] {
  if (about.kind === 'secret') return [{ ...given('path', clean(about.path, 300)), ...originOf(about) }]
  if (about.kind !== 'vulnerability') return []
  return about.occurrences.map(occurrence => ({
    ...given('path', clean(occurrence.path, 300)),
    ...given('installed', clean(occurrence.installed, 80)),
    ...given('fixed', clean(occurrence.fixed, 120)),
    ...originOf(occurrence),
    ...given('purl', clean(occurrence.purl, 250))
  }))
}

interface Origin {
  readonly layer?: Layer
  readonly source?: Source
}

function originOf({ layer, source }: Origin): Pick<PagePlace, 'source' | 'layer'> {
  return { ...given('source', source && sourceLabel(source)), ...given('layer', layer && clean(layer.digest, 80)) }
}

/** By what people know the layer: the line that made it, else its digest. */
function layerLabel({ layer, source }: Origin): string[] {
  if (source !== undefined) return [sourceLabel(source)]
  return layer === undefined ? [] : [clean(shortDigest(layer.digest), 80)]
}

function sourceLabel({ file, line, base }: Source): string {
  return `${clean(file, 200)}:${line}${base ? ' (base image)' : ''}`
}

/** A field that is left out when it is empty. */
function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [P in K]?: string }
}
