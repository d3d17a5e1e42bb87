import type { Client, SortKey, View } from './state.ts'

/** The view that the page begins with: everything open, most urgent first. */
export function defaultView(): View {
  return {
    list: 'open',
    query: '',
    severities: [],
    image: '',
    platform: '',
    layer: '',
    package: '',
    fixable: false,
    exploited: false,
    gate: false,
    group: -1,
    grouped: false,
    sort: 'severity',
    descending: false
  }
}

/** What is not understood counts as not said. */
export function readHash(this: Client, hash: string): View {
  const said = new URLSearchParams(hash.replace(/^#/, ''))
  const text = (name: string): string => said.get(name) ?? ''
  const sort = text('sort').replace(/^-/, '')
  const group = /^\d{1,6}$/.test(text('fix')) ? Number(text('fix')) - 1 : -1
  return {
    ...this.defaultView(),
    list: (['open', 'new', 'fixed', 'accepted', 'remark'] as const).find(list => list === text('list')) ?? 'open',
    query: text('q'),
    severities: this.data.severities.flatMap((name, i) => (text('severity').split(',').includes(name) ? [i] : [])),
    image: text('image'),
    platform: text('platform'),
    layer: text('layer'),
    package: text('package'),
    fixable: text('fixable') === '1',
    exploited: text('exploited') === '1',
    gate: text('gate') === '1',
    group: this.data.groups[group]?.step ? group : -1,
    grouped: text('grouped') === '1',
    sort: (['id', 'subject', 'where', 'state'] as SortKey[]).find(key => key === sort) ?? 'severity',
    descending: text('sort').startsWith('-')
  }
}

/** Empty for the view that the page begins with. */
export function writeHash(this: Client, view: View): string {
  const flag = (set: boolean): string => (set ? '1' : '')
  const sort = `${view.descending ? '-' : ''}${view.sort}`
  const all: Record<string, string> = {
    list: view.list === 'open' ? '' : view.list,
    q: view.query,
    severity: view.severities.map(i => this.data.severities[i]).join(','),
    image: view.image,
    platform: view.platform,
    layer: view.layer,
    package: view.package,
    fixable: flag(view.fixable),
    exploited: flag(view.exploited),
    gate: flag(view.gate),
    fix: view.group < 0 ? '' : String(view.group + 1),
    grouped: flag(view.grouped),
    sort: sort === 'severity' ? '' : sort
  }
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== '')).toString()
}
