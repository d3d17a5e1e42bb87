import type { PagePlace, PageRow } from '../data.ts'
import type { PageElement } from './dom.ts'
import type { Client } from './state.ts'

/** The element in which details are shown. */
export function dialog(this: Client): PageElement | null {
  return this.document.getElementById('details')
}

/** Shows the details of an item that is a row, in the dialog that is open already, or opens it. */
export function open(this: Client, item: number): void {
  const row = this.data.rows[this.items[item] ?? -1]
  const dialog = this.dialog()
  if (row === undefined || dialog === null) return
  this.active = item
  dialog.querySelector('.details')?.replaceChildren(...this.drawDetails(row))
  dialog.scrollTop = 0
  if (dialog.open) return
  dialog.showModal()
  dialog.querySelector('.sheet')?.focus()
}

/** All that is known of a row, top to bottom; facts that are empty are left out. */
export function drawDetails(this: Client, row: PageRow): PageElement[] {
  const { texts, images } = this.data
  const head = this.make('p', 'badges', this.drawSeverity(row), ...this.drawBadges(row))
  const title = this.make('h2', '', this.drawId(row))
  title.setAttribute('id', 'details-title')
  const facts: readonly [string, string | undefined][] = [
    [
      row.kind === 'vulnerability' ? 'Package' : 'About',
      [row.subject, row.ecosystem && `(${row.ecosystem})`].filter(Boolean).join(' ')
    ],
    ['Version', row.change],
    ['What to do', row.list === 'open' ? this.data.groups[row.group]?.title : undefined],
    ['Image', images[row.image]],
    ['Platforms', row.platforms.map(platform => this.data.platforms[platform]).join(', ')],
    ['New on', row.fresh?.map(platform => this.data.platforms[platform]).join(', ')],
    ['Published', row.published],
    ['Due', row.due],
    ['Accepted', row.accepted && texts[row.accepted.reason]],
    ['Accepted in', row.accepted?.source],
    ['Expires', row.accepted?.expires]
  ]
  const list = this.make('dl', 'facts')
  for (const [name, text] of facts) if (text) list.append(this.make('dt', '', name), this.make('dd', '', text))
  return [
    head,
    title,
    this.make('p', 'title', texts[row.title ?? -1]),
    list,
    this.make('p', 'description', texts[row.description ?? -1]),
    ...this.drawPlaces(row)
  ]
}

/** The heading and the list of the places where it is; nothing for what is in no place. */
export function drawPlaces(this: Client, row: PageRow): PageElement[] {
  if (row.places.length === 0) return []
  const more = row.morePlaces ?? 0
  const total = row.places.length + more
  const list = this.make('ul', 'places', ...row.places.map(place => this.drawPlace(place, row)))
  if (more > 0) list.append(this.make('li', '', `${more} more places`))
  return [this.make('h3', '', total === 1 ? 'Where it is' : `Where it is: ${total} places`), list]
}

/** One place: path, versions, what brought it in. */
export function drawPlace(this: Client, place: PagePlace, row: PageRow): PageElement {
  const change = row.kind === 'vulnerability' && `${place.installed ?? '?'} → ${place.fixed ?? 'no fix'}`
  const lines = [place.source && `from ${place.source}`, place.layer && `layer ${place.layer}`, place.purl]
  return this.make(
    'li',
    '',
    this.make('code', '', place.path ?? `${row.ecosystem ?? ''} package`),
    change && this.make('span', 'change', change),
    ...lines.map(line => line && this.make('small', '', line)).filter(line => line !== '')
  )
}
