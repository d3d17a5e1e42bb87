import type { PageElement, PageEvent } from './dom.ts'
import type { Client, SortKey, State, View } from './state.ts'

/** Reads the data and brings the page to life. */
export function start(this: Client, window: State['window']): void {
  const { document } = window
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '') as State['data']
  const body = document.getElementById('rows') as PageElement
  Object.assign(this, { window, document, data, body })
  Object.assign(this, { orders: new Map(), items: [], groupCounts: new Map(), active: -1 })
  Object.assign(this, { rowHeight: 56, measured: false, drawn: '', version: 0, printing: false })
  this.haystacks = data.rows.map(row => this.haystackOf(row))
  this.fillLists()
  this.listen()
  this.view = this.readHash(window.location.hash)
  this.show()
}

/** Fills the lists to choose from; one with a single choice stays hidden. */
export function fillLists(this: Client): void {
  const lists = { image: this.data.images, platform: this.data.platforms, layer: this.data.layers }
  for (const [id, names] of Object.entries(lists)) {
    const select = this.document.getElementById(id)
    for (const name of names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })))
      select?.append(this.drawOption(name))
    const field = select?.closest('label')
    if (field) field.hidden = names.length < 2
  }
  // Browsers are slow with more; any part of a name can be typed all the same.
  const packages = this.data.packages.slice(0, 1000).map(name => this.drawOption(name))
  this.document.getElementById('packages')?.append(...packages)
}

/** One choice of a list. */
export function drawOption(this: Client, name: string): PageElement {
  const option = this.make('option', '', name)
  option.value = name
  return option
}

/** Listens to everything once, on the document: rows come and go. */
export function listen(this: Client): void {
  const { window, document } = this
  const redraw = (): void => this.draw()
  window.addEventListener('scroll', redraw, { passive: true })
  window.addEventListener('resize', () => this.refit())
  window.addEventListener('hashchange', () => this.change(this.readHash(window.location.hash)))
  window.addEventListener('beforeprint', () => this.print(true))
  window.addEventListener('afterprint', () => this.print(false))
  this.dialog()?.addEventListener('close', () => this.moveTo(this.active))
  document.addEventListener('keydown', event => this.onKey(event))
  document.addEventListener('click', event => this.onClick(event))
  document.addEventListener('input', event => this.onInput(event))
}

/** A field is named after the part of the view that it changes. */
export function onInput(this: Client, { target }: PageEvent): void {
  const name = target?.dataset['field']
  if (target && name) this.change({ [name]: target.value })
}

/** A button, what is beside the details, or a row; links are the browser's matter. */
export function onClick(this: Client, { target }: PageEvent): void {
  const button = target?.closest('button') ?? null
  const row = target?.closest('a') ? null : (target?.closest('.row') ?? null)
  if (button !== null) this.onButton(button.dataset)
  else if (target?.closest('dialog') && !target.closest('.sheet')) this.dialog()?.close()
  else if (row !== null) this.open(Number(row.dataset['item']))
}

/** Each button says in its data what it does. */
export function onButton(this: Client, { list, severity, toggle, sort, step, act }: PageElement['dataset']): void {
  const { view } = this
  if (list) this.change({ list: list as View['list'] })
  if (severity) this.change({ severities: this.toggled(Number(severity)) })
  if (toggle) this.change({ [toggle]: !view[toggle as 'fixable'] })
  if (sort) this.change({ sort: sort as SortKey, descending: view.sort === sort && !view.descending })
  if (step) this.showStep(Number(step))
  if (act === 'clear') this.change(this.defaultView())
  if (act === 'close') this.dialog()?.close()
  if (act === 'filters') this.unfold()
}

/** What a step of the plan removes; all again when that is shown already. */
export function showStep(this: Client, step: number): void {
  const group = this.view.group === step ? -1 : step
  this.change({ ...this.defaultView(), group })
}

/** The chosen severities with this one in or out, most severe first. */
export function toggled(this: Client, severity: number): number[] {
  const { severities } = this.view
  return severities.includes(severity) ? severities.filter(one => one !== severity) : [...severities, severity].sort()
}

/** On narrow screens the filters are folded. */
export function unfold(this: Client): void {
  const bar = this.document.getElementById('toolbar')
  if (bar) bar.className = bar.className === 'unfolded' ? '' : 'unfolded'
  this.refit()
}

/** Shows another view, and writes it into the address. */
export function change(this: Client, change: Partial<View>): void {
  this.view = { ...this.view, ...change }
  this.active = -1
  this.show()
  const hash = this.writeHash(this.view)
  this.window.history.replaceState(null, '', `#${hash}`)
}

/** Shows the view: what is chosen, how many, and what the controls say of it. */
export function show(this: Client): void {
  const counts = this.choose()
  this.tellControls()
  this.tellCounts(counts)
  // Somebody who searches deep in the table wants to see what was found.
  const above = this.document.getElementById('toolbar')?.getBoundingClientRect()
  const bar = (above?.height ?? 0) + (this.document.getElementById('head')?.offsetHeight ?? 0)
  const past = this.body.getBoundingClientRect().top - bar
  if (past < 0) this.window.scrollBy(0, past)
  this.draw()
  if (!this.measured) this.refit()
}

/** Draws anew where the height of a row has changed. */
export function refit(this: Client): void {
  this.draw()
  this.measure()
  this.draw()
}

/** The printer gets everything, the window only what can be seen. */
export function print(this: Client, printing: boolean): void {
  this.printing = printing
  this.draw()
}
