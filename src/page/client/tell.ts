import type { Client } from './state.ts'

/** Fields, pressed buttons and sorted columns, as the view has them. */
export function tellControls(this: Client): void {
  const { document, view } = this
  for (const field of document.querySelectorAll('[data-field]')) {
    const value = String(view[field.dataset['field'] as 'query'])
    if (field.value !== value) field.value = value
  }
  for (const button of document.querySelectorAll('button[data-list]'))
    button.setAttribute('aria-pressed', String(button.dataset['list'] === view.list))
  for (const button of document.querySelectorAll('button[data-severity]'))
    button.setAttribute('aria-pressed', String(view.severities.includes(Number(button.dataset['severity']))))
  for (const button of document.querySelectorAll('button[data-toggle]'))
    button.setAttribute('aria-pressed', String(view[button.dataset['toggle'] as 'fixable']))
  for (const button of document.querySelectorAll('button[data-step]'))
    button.setAttribute('aria-pressed', String(Number(button.dataset['step']) === view.group))
  for (const button of document.querySelectorAll('button[data-sort]')) {
    const way = view.descending ? 'descending' : 'ascending'
    button.closest('th')?.setAttribute('aria-sort', button.dataset['sort'] === view.sort ? way : 'none')
  }
}

/** @param counts what each list and each severity would show. */
export function tellCounts(this: Client, counts: { lists: Record<string, number>; severities: number[] }): void {
  const { document, items, data, view } = this
  for (const button of document.querySelectorAll('button[data-list]'))
    this.tellCount(button, counts.lists[button.dataset['list'] ?? ''] ?? 0)
  for (const button of document.querySelectorAll('button[data-severity]'))
    this.tellCount(button, counts.severities[Number(button.dataset['severity'])] ?? 0)
  const shown = items.reduce((sum, item) => sum + (item < 0 ? 0 : 1), 0)
  const all = data.rows.filter(row => (view.list === 'new' ? row.fresh : row.list === view.list)).length
  const status = document.getElementById('status')
  if (status) status.textContent = shown === all ? `${shown} shown` : `${shown} of ${all} shown`
  const empty = document.getElementById('empty')
  if (empty) empty.hidden = shown > 0
  const clear = document.getElementById('clear')
  if (clear) clear.hidden = this.writeHash(view) === ''
  document.getElementById('table')?.setAttribute('aria-rowcount', String(items.length + 1))
}

/** Writes a number into a button that has a place for it. */
export function tellCount(
  button: { querySelector(selector: string): { textContent: string | null } | null },
  count: number
): void {
  const place = button.querySelector('.count')
  if (place) place.textContent = String(count)
}
