import { SEVERITIES } from '../report/severity.ts'
import type { PageData } from './data.ts'
import { html, type Markup } from './html.ts'

const LISTS = [
  ['open', 'Open'],
  ['new', 'New'],
  ['fixed', 'Fixed'],
  ['accepted', 'Accepted'],
  ['remark', 'Remarks']
] as const

/** By their names in the program; some cannot be sorted by. */
const COLUMNS = [
  ['severity', 'Severity'],
  ['id', 'Finding'],
  ['subject', 'Package, installed → fixed'],
  ['where', 'Where'],
  ['platforms', 'Platforms'],
  ['state', 'State']
] as const

const UNSORTED: ReadonlySet<string> = new Set(['platforms'])

/**
 * The table's frame and controls; the program fills them. `data-…` says what each control does.
 * @param complete false when something was not scanned: nothing found is then nothing known.
 */
export function tableSection(data: PageData, complete: boolean): Markup {
  const none = complete ? 'No findings.' : 'No findings in what was scanned, which was not all.'
  const shape = data.platforms.length < 2 ? 'one-platform' : ''
  return html`<section class="findings ${data.rows.length === 0 ? 'nothing' : ''}" id="findings">
<h2>Findings</h2>
${cutNote(data)}
<noscript><p class="note">The table of findings needs JavaScript. This page loads nothing and sends nothing.</p></noscript>
<div class="lists" role="group" aria-label="Lists">${lists(data)}
<span class="shown"><span id="status" role="status" aria-live="polite"></span>
<button type="button" id="clear" class="link" data-act="clear" hidden>Clear filters</button></span></div>
${toolbar(data)}
<div class="frame"><table id="table" class="${shape}" role="table" aria-label="Findings">
<thead id="head" role="rowgroup"><tr role="row">${COLUMNS.map(heading)}</tr></thead>
<tbody id="rows" role="rowgroup"></tbody>
</table></div>
<p id="empty" class="note" hidden>${data.rows.length === 0 ? none : 'Nothing matches.'}</p>
<p class="keys"><kbd>/</kbd> search <kbd>j</kbd> <kbd>k</kbd> move <kbd>Enter</kbd> details <kbd>Esc</kbd> clear</p>
</section>`
}

function heading([column, title]: (typeof COLUMNS)[number]): Markup {
  const inside = html`<button type="button" data-sort="${column}">${title}</button>`
  return html`<th role="columnheader" class="${column}">${UNSORTED.has(column) ? title : inside}</th>`
}

function toolbar({ rows }: PageData): Markup {
  const severities = new Set(rows.map(({ severity }) => severity))
  return html`<div id="toolbar" role="search">
<div class="bar"><input id="search" type="search" data-field="query" placeholder="Search: CVE, package, path, layer…"
 aria-label="Search" aria-keyshortcuts="/" autocomplete="off" spellcheck="false">
<button type="button" class="unfold" data-act="filters">Filters</button></div>
<div class="chips" role="group" aria-label="Severity">
${SEVERITIES.map((severity, i) => (severities.has(i) ? chip(severity, i) : undefined))}
</div>
<div class="filters">
${toggle('gate', 'Fails gate')}${toggle('fixable', 'Fixable')}
${rows.some(({ exploited }) => exploited) ? toggle('exploited', 'Exploited') : undefined}
<label><span>Package</span>
<input type="search" data-field="package" list="packages" autocomplete="off" spellcheck="false"></label>
<datalist id="packages"></datalist>
${select('platform', 'Platform')}${select('layer', 'Layer')}${select('image', 'Image')}
${toggle('grouped', 'Group by fix')}
</div></div>`
}

/** Details of one row, filled by the program. */
export const DETAILS_DIALOG: Markup = html`<dialog id="details" aria-labelledby="details-title">
<div class="sheet" tabindex="-1">
<button type="button" class="close" data-act="close" aria-label="Close">×</button>
<div class="details"></div>
</div></dialog>`

/** Those that have rows, and what is open in any case. */
function lists({ rows, totals }: PageData): Markup[] {
  const has = (list: (typeof LISTS)[number][0]): boolean =>
    list === 'open' || (list === 'new' ? rows.some(({ fresh }) => fresh) : totals[list] > 0)
  return LISTS.filter(([list]) => has(list)).map(
    ([list, title]) =>
      html`<button type="button" data-list="${list}" aria-pressed="false">${title} <span class="count"></span></button>`
  )
}

function cutNote({ rows, totals }: PageData): Markup | undefined {
  const all = Object.values(totals).reduce((sum, count) => sum + count, 0)
  if (rows.length === all) return undefined
  const held = `the ${rows.length} most severe of ${all} rows`
  return html`<p class="note">This page holds ${held}; the numbers above count them all.</p>`
}

function chip(severity: string, i: number): Markup {
  return html`<button type="button" class="chip ${severity}" data-severity="${i}" aria-pressed="false">
${severity} <span class="count"></span></button>`
}

function toggle(name: string, title: string): Markup {
  return html`<button type="button" class="toggle" data-toggle="${name}" aria-pressed="false">${title}</button>`
}

/** Hidden until the program finds that there is something to choose. */
function select(name: string, title: string): Markup {
  return html`<label hidden><span>${title}</span>
<select id="${name}" data-field="${name}"><option value="">all</option></select></label>`
}
