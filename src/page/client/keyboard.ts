import type { PageElement, PageEvent } from './dom.ts'
import type { Client } from './state.ts'

/** Keys with Ctrl, Alt or the like are the browser's. */
export function onKey(this: Client, event: PageEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const act = this.actionOf(event)
  if (act === undefined) return
  event.preventDefault()
  act()
}

/** What a key does where it was pressed; undefined: what the browser does with it. */
export function actionOf(this: Client, { key, target }: PageEvent): (() => void) | undefined {
  const open = this.dialog()?.open === true
  if (key === 'Escape') return open ? undefined : () => this.onEscape()
  const field = target?.closest('input, select, textarea') ?? null
  if (field !== null) return this.actionInField(key, field)
  const onRow = target?.closest('.row') ?? null
  const elsewhere = onRow === null && (target?.closest('a, button, summary, dialog') ?? null) !== null
  const next = (): void => this.step(this.nextRow(this.active, 1))
  const previous = (): void => this.step(this.nextRow(this.active, -1))
  const actions: Record<string, (() => void) | false | undefined> = {
    '/': !open && (() => this.document.getElementById('search')?.focus()),
    j: next,
    k: previous,
    ArrowDown: !elsewhere && next,
    ArrowUp: !elsewhere && previous,
    Home: onRow !== null && (() => this.step(this.nextRow(-1, 1))),
    End: onRow !== null && (() => this.step(this.nextRow(this.items.length, -1))),
    Enter: onRow !== null && !target?.closest('a') && (() => this.open(this.active))
  }
  return actions[key] || undefined
}

/** Clears what is searched; when nothing is, leaves the field. The dialog closes by itself. */
export function onEscape(this: Client): void {
  if (this.view.query === '') this.document.activeElement?.blur()
  else this.change({ query: '' })
}

/** From the search down to the rows. */
export function actionInField(this: Client, key: string, field: PageElement): (() => void) | undefined {
  if (field.dataset['field'] !== 'query' || (key !== 'ArrowDown' && key !== 'Enter')) return undefined
  return () => this.step(this.nextRow(-1, 1))
}

/** To a row; what is open follows. */
export function step(this: Client, item: number): void {
  if (item < 0 || item >= this.items.length) return
  const open = this.dialog()?.open === true
  this.moveTo(item)
  if (open) this.open(item)
}
