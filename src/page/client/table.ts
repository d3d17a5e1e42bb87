import type { PageElement } from './dom.ts'
import type { Client } from './state.ts'

/** Draws what can be seen at this place of the page, unless it is drawn already. */
export function draw(this: Client): void {
  const { items, rowHeight } = this
  const [first, last] = this.visible()
  const drawn = `${first}:${last}:${this.version}`
  if (drawn === this.drawn) return
  this.drawn = drawn
  const focused = this.body.contains(this.document.activeElement)
  const rows = items.slice(first, last).map((item, i) => this.drawItem(item, first + i))
  this.body.replaceChildren(
    this.drawSpace(first * rowHeight),
    ...rows,
    this.drawSpace((items.length - last) * rowHeight)
  )
  if (focused) this.rowOf(this.active)?.focus({ preventScroll: true })
}

/** First item that is drawn, and the one after the last. */
export function visible(this: Client): [number, number] {
  const { items, rowHeight, window } = this
  // A short table is drawn whole, so that the browser's own search finds everything in it.
  const whole = this.printing ? 2000 : 200
  if (this.printing || items.length <= whole) return [0, Math.min(items.length, whole)]
  const spare = 8
  const above = Math.floor(-this.body.getBoundingClientRect().top / rowHeight)
  // In steps, so that it is not drawn anew for every pixel.
  const first = Math.min(Math.max(0, Math.floor((above - spare) / spare) * spare), Math.max(0, items.length - 1))
  return [first, Math.min(items.length, first + Math.ceil(window.innerHeight / rowHeight) + 3 * spare)]
}

/** A row or the heading of a group. @param index its place among the items. */
export function drawItem(this: Client, item: number, index: number): PageElement {
  const row = this.data.rows[item]
  return row === undefined ? this.drawGroup(-1 - item, index) : this.drawRow(row, index)
}

/** Stands for the rows that are not drawn. */
export function drawSpace(this: Client, height: number): PageElement {
  const cell = this.make('td', '')
  cell.setAttribute('colspan', '6')
  const row = this.make('tr', 'space', cell)
  row.setAttribute('aria-hidden', 'true')
  row.hidden = height <= 0
  row.style.setProperty('height', `${height}px`)
  return row
}

/** The drawn row of an item. */
export function rowOf(this: Client, item: number): PageElement | null {
  return this.body.querySelector(`[data-item="${item}"]`)
}

/** Row heights follow the fonts and the width of the window, so they are taken from what the browser made. */
export function measure(this: Client): void {
  const height = this.body.querySelector('.row')?.getBoundingClientRect().height ?? 0
  const bar = this.document.getElementById('toolbar')?.offsetHeight ?? 0
  this.document.documentElement.style.setProperty('--bar', `${bar}px`)
  this.measured = height > 0
  if (height > 0 && height !== this.rowHeight) {
    this.rowHeight = height
    this.version++
  }
}

/** Goes to a row with the keyboard's focus. */
export function moveTo(this: Client, item: number): void {
  const bar = this.document.getElementById('head')?.getBoundingClientRect()
  const top = this.body.getBoundingClientRect().top + item * this.rowHeight
  const free = Math.max(0, bar === undefined ? 0 : bar.top + bar.height)
  if (top < free) this.window.scrollBy(0, top - free)
  const over = top + this.rowHeight - this.window.innerHeight
  if (over > 0) this.window.scrollBy(0, over)
  this.active = item
  this.drawn = ''
  this.draw()
  this.rowOf(item)?.focus({ preventScroll: true })
}

/** The next item in a direction that is a row; where there is none, the present one. */
export function nextRow(this: Client, from: number, step: 1 | -1): number {
  for (let item = from + step; item >= 0 && item < this.items.length; item += step)
    if ((this.items[item] ?? -1) >= 0) return item
  return from
}
