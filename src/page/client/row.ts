import type { PageRow } from '../data.ts'
import type { PageElement } from './dom.ts'
import type { Client } from './state.ts'

/** @param className may be empty. Children that are false or undefined are left out. */
export function make(
  this: Client,
  name: string,
  className: string,
  ...children: readonly (PageElement | string | false | undefined)[]
): PageElement {
  const element = this.document.createElement(name)
  if (className !== '') element.className = className
  element.append(...children.filter(child => child !== false && child !== undefined))
  return element
}

/** One row of the table. @param item its place among what is shown. */
export function drawRow(this: Client, row: PageRow, item: number): PageElement {
  const [place] = row.places
  const layer = row.layers[0] === undefined ? '' : this.data.layers[row.layers[0]]
  const more = row.places.length + (row.morePlaces ?? 0) - 1
  const where = place?.path ?? (row.ecosystem ? `${row.ecosystem} package` : '')
  const element = this.make(
    'tr',
    `row ${item % 2 === 0 ? 'even' : 'odd'}`,
    this.drawCell('severity', this.drawSeverity(row)),
    this.drawCell('id', this.drawId(row), this.make('small', '', this.data.texts[this.lineUnder(row)] ?? '')),
    this.drawSubject(row),
    this.drawCell(
      'where',
      where,
      this.make('small', '', [layer, more > 0 && `+${more} more`].filter(Boolean).join(' · '))
    ),
    this.drawCell('platforms', this.platformsOf(row.platforms)),
    this.drawCell('state', ...this.drawBadges(row))
  )
  element.setAttribute('role', 'row')
  element.setAttribute('aria-rowindex', String(item + 2))
  element.dataset['item'] = String(item)
  // One row is what the Tab key stops at.
  element.tabIndex = item === (this.active < 0 ? this.nextRow(-1, 1) : this.active) ? 0 : -1
  return element
}

/** One cell; its column is its class. */
export function drawCell(this: Client, column: string, ...children: readonly (PageElement | string)[]): PageElement {
  const cell = this.make('td', column, ...children)
  cell.setAttribute('role', 'cell')
  return cell
}

/** What is concerned, and under it the versions. */
export function drawSubject(this: Client, row: PageRow): PageElement {
  const kinds = {
    vulnerability: row.ecosystem,
    secret: 'secret',
    misconfiguration: 'misconfiguration',
    license: 'licence'
  }
  const kind = `${this.imageOf(row)}${kinds[row.kind] ?? ''}`
  const change = row.change && this.make('small', 'change', row.change)
  return this.drawCell('subject', this.make('b', '', row.subject), this.make('span', 'kind', kind), change ?? '')
}

/** The heading over the rows of a group. */
export function drawGroup(this: Client, group: number, item: number): PageElement {
  const { title = '' } = this.data.groups[group] ?? {}
  const count = this.groupCounts.get(group) ?? 0
  const cell = this.drawCell('', this.make('b', '', title), this.make('span', 'count', String(count)))
  cell.setAttribute('colspan', '6')
  const element = this.make('tr', 'group', cell)
  element.setAttribute('role', 'row')
  element.setAttribute('aria-rowindex', String(item + 2))
  return element
}

/** The severity as a word on its colour. */
export function drawSeverity(this: Client, row: PageRow): PageElement {
  const name = this.data.severities[row.severity] ?? ''
  return this.make('span', `severity-mark ${name}`, name)
}

/** Links only to where the renderer found that we may. */
export function drawId(this: Client, row: PageRow): PageElement {
  if (row.url === undefined) return this.make('span', 'name', row.id)
  const link = this.make('a', 'name', row.id)
  link.setAttribute('href', row.url)
  link.setAttribute('rel', 'noopener noreferrer')
  link.setAttribute('target', '_blank')
  return link
}

/** What state it is in, each in two or three words. */
export function drawBadges(this: Client, row: PageRow): PageElement[] {
  const list = { open: '', accepted: 'accepted', fixed: 'fixed', remark: '' }[row.list]
  const said: readonly [string, string | false | undefined][] = [
    ['gate', row.gate && 'fails gate'],
    ['exploited', row.exploited && 'exploited'],
    ['new', row.fresh && (row.fresh.length < row.platforms.length ? `new on ${this.platformsOf(row.fresh)}` : 'new')],
    ['due', row.due],
    [list, list],
    ['until', row.accepted && row.accepted.expires !== 'never' && `until ${row.accepted.expires}`],
    ['nofix', row.kind === 'vulnerability' && row.list === 'open' && !row.fixable && 'no fix yet']
  ]
  return said.flatMap(([name, text]) => (text ? [this.make('span', `badge ${name}`, text)] : []))
}

/** "all", or which. */
export function platformsOf(this: Client, platforms: readonly number[]): string {
  if (platforms.length === this.data.platforms.length && platforms.length > 1) return 'all'
  return platforms.map(platform => this.data.platforms[platform]?.replace(/^linux\//, '')).join(', ')
}

/** The image's short name, where there are several. */
export function imageOf(this: Client, row: PageRow): string {
  const name = this.data.images[row.image] ?? ''
  return this.data.images.length < 2 ? '' : `${name.split('/').at(-1)} · `
}

/** Why it was accepted, else its title. */
export function lineUnder(row: PageRow): number {
  return row.accepted?.reason ?? row.title ?? -1
}
