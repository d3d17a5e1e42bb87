import type { PageRow } from '../data.ts'
import type { Client, Item, SortKey } from './state.ts'

/** Everything by which a row is found. */
export function haystackOf(this: Client, row: PageRow): string {
  const { texts, severities, images, layers, platforms } = this.data
  const words = [row.id, row.subject, row.ecosystem, row.change, severities[row.severity], images[row.image], row.kind]
  for (const { path, purl, source, layer } of row.places) words.push(path, purl, source, layer)
  for (const layer of row.layers) words.push(layers[layer])
  for (const platform of row.platforms) words.push(platforms[platform])
  words.push(texts[row.title ?? -1], row.due, row.exploited && 'known exploited')
  if (row.accepted) words.push(texts[row.accepted.reason], row.accepted.source)
  return words.filter(Boolean).join('\n').toLowerCase()
}

/** Chooses anew what is shown, and counts what every list and severity would show. */
export function choose(this: Client): { lists: Record<string, number>; severities: number[] } {
  const { view, data } = this
  const matches = this.matcher()
  const lists: Record<string, number> = { open: 0, new: 0, fixed: 0, accepted: 0, remark: 0 }
  const severities = data.severities.map(() => 0)
  const chosen: number[] = []
  for (const place of this.order(view.sort)) {
    const row = data.rows[place] as PageRow
    if (!matches(row, place)) continue
    const severe = view.severities.length === 0 || view.severities.includes(row.severity)
    if (severe) lists[row.list] = (lists[row.list] ?? 0) + 1
    if (severe && row.fresh) lists['new'] = (lists['new'] ?? 0) + 1
    if (view.list === 'new' ? !row.fresh : row.list !== view.list) continue
    severities[row.severity] = (severities[row.severity] ?? 0) + 1
    if (severe) chosen.push(place)
  }
  if (view.descending) chosen.reverse()
  this.items = view.grouped ? this.grouped(chosen) : chosen
  this.version++
  return { lists, severities }
}

/** What the view asks of a row besides list and severity. */
export function matcher(this: Client): (row: PageRow, place: number) => boolean {
  const { view, data, haystacks } = this
  const words = view.query.toLowerCase().split(/\s+/).filter(Boolean)
  const name = view.package.toLowerCase()
  const [image, platform, layer] = [
    data.images.indexOf(view.image),
    data.platforms.indexOf(view.platform),
    data.layers.indexOf(view.layer)
  ]
  return (row, place) =>
    (view.image === '' || row.image === image) &&
    (view.platform === '' || row.platforms.includes(platform)) &&
    (view.layer === '' || row.layers.includes(layer)) &&
    (name === '' || (row.kind === 'vulnerability' && row.subject.toLowerCase().includes(name))) &&
    (!view.fixable || row.fixable === true) &&
    (!view.exploited || row.exploited === true) &&
    (!view.gate || row.gate === true) &&
    (view.group < 0 || row.group === view.group) &&
    words.every(word => haystacks[place]?.includes(word))
}

/** The rows under the headings of their groups, groups in the order of the plan. */
export function grouped(this: Client, chosen: readonly number[]): Item[] {
  const groups = this.data.groups.map((): number[] => [])
  for (const place of chosen) groups[this.data.rows[place]?.group ?? -1]?.push(place)
  this.groupCounts = new Map(groups.map((places, group) => [group, places.length]))
  return groups.flatMap((places, group) => (places.length === 0 ? [] : [-1 - group, ...places]))
}

/** All rows in the order of a column; worked out once for each. */
export function order(this: Client, key: SortKey): readonly number[] {
  const known = this.orders.get(key)
  if (known !== undefined) return known
  const places = this.data.rows.map((_, place) => place)
  if (key !== 'severity') {
    const collator = new Intl.Collator('en', { numeric: true })
    const keys = this.data.rows.map(row => this.sortText(row, key))
    places.sort((a, b) => collator.compare(keys[a] ?? '', keys[b] ?? ''))
  }
  this.orders.set(key, places)
  return places
}

/** By what a row sorts in a column. */
export function sortText(this: Client, row: PageRow, key: SortKey): string {
  if (key === 'id') return row.id
  if (key === 'subject') return `${row.subject} ${row.change ?? ''}`
  if (key === 'where') return row.places[0]?.path ?? row.subject
  return `${row.gate ? 0 : 1}${row.fresh ? 0 : 1}${row.due ? 0 : 1} ${row.due ?? ''}`
}
