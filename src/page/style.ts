/** The page's style sheet. Colours are named once for light and once for dark; the table becomes cards on narrow screens. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #f6f7f9; --card: #fff; --text: #1c2128; --muted: #59636e; --line: #d9dee4; --hover: #eef3fb; --even: #fafbfc;
  --accent: #0a58ca; --accent-bg: #e7f0ff; --good: #19703a; --good-bg: #e3f5e9; --bad: #b3162b; --bad-bg: #fdebec;
  --critical: #8f1226; --critical-bg: #fbdfe2; --high: #a63c06; --high-bg: #fde8d9; --medium: #7a5500; --medium-bg: #fbf0c9;
  --low: #0b5394; --low-bg: #ddecfb; --unknown: #505860; --unknown-bg: #e9ecef; --shadow: 0 1px 2px #1c21280f;
  --row: 3.5rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1116; --card: #161b22; --text: #e4e9ef; --muted: #97a3b0; --line: #2d343d; --hover: #1d2733; --even: #191f27;
    --accent: #74b0ff; --accent-bg: #14294a; --good: #5bd083; --good-bg: #11301d; --bad: #ff8a8f; --bad-bg: #3d1519;
    --critical: #ff9aa2; --critical-bg: #4a141d; --high: #ffb07a; --high-bg: #46220c; --medium: #f0cc62; --medium-bg: #3a2d08;
    --low: #8ec5ff; --low-bg: #112b47; --unknown: #b4bec9; --unknown-bg: #2a313a; --shadow: none;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
html { scroll-padding-top: calc(var(--bar, 0px) + 3rem) }
body {
  margin: 0 auto; padding: 1.5rem clamp(.75rem, 3vw, 2.5rem) 3rem; max-width: 96rem; background: var(--bg); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
code, pre, .change, td.where, td small.change { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em }
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
h1, h2, h3 { line-height: 1.25; margin: 0 }
h1 { font-size: 1.35rem } h2 { font-size: 1.1rem } h3 { font-size: .95rem; margin-top: 1.25rem }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
button, input, select { font: inherit; color: inherit }
button { cursor: pointer; background: none; border: 0; padding: 0 }
.masthead { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1rem }
.masthead p { margin: 0; color: var(--muted) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); padding: 1.1rem 1.25rem; margin-bottom: 1rem }
dd pre { margin-top: .1rem } .card ul { margin: .5rem 0 0; padding-left: 1.2rem } .card .tiles { margin: 0 0 1rem; padding: 0 }
.note { color: var(--muted); margin: .75rem 0 0 }

.image { border-left: 5px solid var(--muted) }
.image.good { border-left-color: var(--good) } .image.bad { border-left-color: var(--bad) } .image.doubtful { border-left-color: var(--medium) }
.image h2 { overflow-wrap: anywhere }
.verdict { margin: .35rem 0 1rem }
.good .verdict strong { color: var(--good) } .bad .verdict strong { color: var(--bad) } .doubtful .verdict strong { color: var(--medium) }
.tiles { list-style: none; display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 1rem; padding: 0 }
.tile { flex: 1 1 7rem; max-width: 13rem; border-radius: 9px; padding: .55rem .8rem; background: var(--unknown-bg); color: var(--unknown) }
.tile b { font-size: 1.5rem; line-height: 1.1; margin-right: .2rem; font-variant-numeric: tabular-nums }
.tile span { text-transform: capitalize }
.tile small { display: block } .tile small span { text-transform: none; margin-right: .5rem } .tile small .none { display: none }
.tile.critical { background: var(--critical-bg); color: var(--critical) } .tile.high { background: var(--high-bg); color: var(--high) }
.tile.medium { background: var(--medium-bg); color: var(--medium) } .tile.low { background: var(--low-bg); color: var(--low) }
.tile.none { background: none; box-shadow: inset 0 0 0 1px var(--line); color: var(--muted) }
.tile.fixable { background: none; box-shadow: inset 0 0 0 1px var(--line); color: var(--good) }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.25rem; margin: 0 }
.facts dt { color: var(--muted) } .facts dd { margin: 0; overflow-wrap: anywhere }
pre { margin: 0; padding: .6rem .75rem; background: var(--bg); border: 1px solid var(--line); border-radius: 7px; white-space: pre-wrap; overflow-wrap: anywhere }

.steps { list-style: none; margin: .75rem 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: .5rem }
.steps button { width: 100%; height: 100%; text-align: left; display: flex; flex-direction: column; justify-content: flex-start; border: 1px solid var(--line); border-radius: 9px; padding: .55rem .8rem }
.steps button:hover { background: var(--hover); border-color: var(--accent) }
.steps button[aria-pressed=true] { background: var(--accent-bg); border-color: var(--accent) }
.steps b { display: block; font-weight: 600; overflow-wrap: anywhere } .steps span { color: var(--muted); font-size: .9em }
summary { cursor: pointer; color: var(--accent); margin-top: .75rem }

.findings { margin: 1.75rem 0 }
.nothing :is(.lists, #toolbar, .frame, .keys) { display: none }
.lists { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem; margin: .75rem 0 0; border-bottom: 1px solid var(--line) }
.shown { margin-left: auto; color: var(--muted); font-size: .88rem; white-space: nowrap }
.lists button[data-list] { padding: .5rem .9rem; border-bottom: 3px solid transparent; color: var(--muted); margin-bottom: -1px }
.lists button[data-list]:hover { color: var(--text) }
.lists button[aria-pressed=true] { border-bottom-color: var(--accent); color: var(--text); font-weight: 600 }
.count { font-size: .82em; font-weight: 600; background: var(--unknown-bg); color: var(--unknown); border-radius: 99px; padding: .05rem .45rem; font-variant-numeric: tabular-nums }
#toolbar { position: sticky; top: 0; z-index: 3; background: var(--bg); padding: .75rem 0; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center }
.bar { display: flex; gap: .5rem; flex: 1 1 22rem }
input, select { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .4rem .65rem; min-width: 0; width: 10rem }
#search { flex: 1; width: auto }
.chips, .filters { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center }
.filters { flex: 1 1 100% }
.chip, .toggle, .unfold { border: 1px solid var(--line); border-radius: 99px; padding: .25rem .75rem; background: var(--card); text-transform: capitalize }
.toggle, .unfold { text-transform: none }
.chip:hover, .toggle:hover { border-color: var(--accent) }
.chip .count { background: none; padding: 0; color: inherit; opacity: .75 }
.chip[aria-pressed=true].critical, .severity-mark.critical { background: var(--critical-bg); color: var(--critical) }
.chip[aria-pressed=true].high, .severity-mark.high { background: var(--high-bg); color: var(--high) }
.chip[aria-pressed=true].medium, .severity-mark.medium { background: var(--medium-bg); color: var(--medium) }
.chip[aria-pressed=true].low, .severity-mark.low { background: var(--low-bg); color: var(--low) }
.chip[aria-pressed=true].unknown, .severity-mark.unknown { background: var(--unknown-bg); color: var(--unknown) }
.chip[aria-pressed=true] { border-color: currentColor; font-weight: 600 }
.toggle[aria-pressed=true] { background: var(--accent-bg); border-color: var(--accent); color: var(--accent); font-weight: 600 }
.filters label { display: flex; align-items: center; gap: .4rem; color: var(--muted) } .filters select, .filters input { color: var(--text) }
.link { color: var(--accent); padding: .25rem .5rem }
.unfold { display: none }

.frame { margin-bottom: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); overflow: clip }
table { width: 100%; border-collapse: separate; border-spacing: 0; table-layout: fixed }
/* A column that is hidden is one less for what spans all columns; one without width is not. */
.one-platform .platforms { width: 0; padding: 0; font-size: 0 }
thead { position: sticky; top: var(--bar, 0px); z-index: 2 }
th { text-align: left; font-weight: 600; font-size: .85rem; color: var(--muted); background: var(--card); padding: .55rem .75rem; border-bottom: 1px solid var(--line) }
th button { font-weight: 600 } th button:hover { color: var(--text) }
th[aria-sort=ascending] button::after { content: " ↑" } th[aria-sort=descending] button::after { content: " ↓" }
th.severity { width: 6.75rem } th.subject { width: 25% } th.where { width: 22% } th.platforms { width: 6rem } th.state { width: 11.5rem }
tr.row { height: var(--row); cursor: pointer }
tr.odd td { background: var(--even) }
tr.row:hover td { background: var(--hover) }
tr.row:focus { outline: none } tr.row:focus td { background: var(--accent-bg) } tr.row:focus-visible td { box-shadow: inset 0 2px var(--accent), inset 0 -2px var(--accent) }
td { padding: 0 .75rem; height: var(--row); border-bottom: 1px solid var(--line); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: middle }
td small { display: block; color: var(--muted); font-size: .84rem; overflow: hidden; text-overflow: ellipsis; font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Arial, sans-serif }
td small.change, td.where { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .82rem }
td .name { font-weight: 600 } td .kind { color: var(--muted); font-size: .84rem; margin-left: .4rem }
td.state { white-space: normal; line-height: 1.55 }
td b { font-weight: 600 }
tr.group td { height: var(--row); background: var(--accent-bg); border-bottom: 1px solid var(--line) } tr.group .count { margin-left: .5rem; background: var(--card) }
tr.space, tr.space td { border: 0; padding: 0; height: auto; background: none }
.severity-mark { display: inline-block; border-radius: 6px; padding: .1rem .5rem; font-size: .84rem; font-weight: 600; text-transform: capitalize }
.badge { display: inline-block; border-radius: 6px; padding: .05rem .4rem; margin-right: .25rem; font-size: .78rem; background: var(--unknown-bg); color: var(--unknown) }
.badge.gate, .badge.exploited { background: var(--bad-bg); color: var(--bad); font-weight: 600 }
.badge.new { background: var(--accent-bg); color: var(--accent); font-weight: 600 } .badge.due { background: var(--medium-bg); color: var(--medium) } .badge.fixed { background: var(--good-bg); color: var(--good) }
.keys { color: var(--muted); font-size: .88rem; margin: .6rem .25rem 1.5rem }
.keys kbd:first-child { margin-left: 0 }
kbd { font: inherit; font-size: .8rem; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 5px; padding: 0 .35rem; background: var(--card); margin-left: .5rem }

dialog { border: 0; padding: 0; margin: 0 0 0 auto; width: min(34rem, 100vw); height: 100dvh; max-height: none; max-width: none; background: var(--card); color: var(--text); box-shadow: -8px 0 32px #0004 }
dialog::backdrop { background: #0005 }
.sheet { padding: 1.5rem; overflow-wrap: anywhere; min-height: 100%; outline: none }
.close { float: right; font-size: 1.6rem; line-height: 1; width: 2.2rem; height: 2.2rem; border-radius: 8px; color: var(--muted) } .close:hover { background: var(--hover) }
dialog .facts { grid-template-columns: max-content minmax(0, 1fr) } .details h2 { font-size: 1.3rem; margin-top: .25rem } .details .badges { margin: 0 3rem .5rem 0; min-height: 1.6rem } .details .severity-mark { margin-right: .4rem }
.details .title { font-weight: 600 } .description { color: var(--muted) }
.places { list-style: none; padding: 0; margin: .5rem 0 0 } .places li { border-top: 1px solid var(--line); padding: .6rem 0 }
.places .change { display: block; margin-top: .15rem } .places small { display: block; color: var(--muted) }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; color: var(--muted); font-size: .85rem; overflow-wrap: anywhere }

@media (max-width: 62rem) { th.platforms, td.platforms { width: 0; padding: 0; font-size: 0 } th.state { width: 9rem } }
@media (max-width: 48rem) {
  :root { --row: 7.25rem }
  body { padding-top: 1rem } .card { padding: .9rem 1rem }
  .tiles { display: grid; grid-template-columns: repeat(6, 1fr) } .tile { grid-column: span 2; padding: .45rem .65rem } .tile:nth-last-child(-n+2):nth-child(n+4) { grid-column: span 3 } 
  .facts { grid-template-columns: minmax(0, 1fr) } .facts dd { margin-bottom: .4rem }
  .lists { flex-wrap: nowrap; overflow-x: auto } .lists button[data-list] { padding: .5rem .65rem; white-space: nowrap }
  .unfold { display: block } #toolbar:not(.unfolded) .filters, #toolbar:not(.unfolded) .chips { display: none } #toolbar.unfolded { position: static }
  .bar { flex-basis: 100% } .keys, thead { display: none } .filters label { flex: 1 1 100% } .filters label span { width: 5rem } .filters label > :last-child { flex: 1 }
  table, tbody { display: block }
  tr.row { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; grid-template-areas: "severity id id" "subject subject subject" "where where state"; grid-template-rows: 2.75rem 2.6rem 1.4rem; height: var(--row); padding: .25rem .85rem; border-bottom: 1px solid var(--line); align-items: center; column-gap: .6rem }
  tr.row td { padding: 0; height: auto; border: 0; background: none } tr.odd { background: var(--even) } tr.row:hover { background: var(--hover) } tr.row:focus { background: var(--accent-bg) }
  td.severity { grid-area: severity } td.id { grid-area: id } td.subject { grid-area: subject } td.where { grid-area: where } td.state { grid-area: state; white-space: nowrap } td.platforms { display: none } .badge:last-child { margin-right: 0 }
  td.where small { display: inline; margin-left: .4rem }
  tr.group, tr.space { display: block } tr.group td, tr.space td { display: block; width: 100% } tr.group td { height: var(--row); padding: 1rem .85rem; white-space: normal }
}
@media print {
  :root { --row: auto }
  html { font-size: 11px }
  body { background: none; max-width: none; padding: 0; font-size: 1rem }
  #toolbar, .keys, dialog, .lists { display: none } .card, table { box-shadow: none; break-inside: auto } thead { position: static } tr { break-inside: avoid }
  td { white-space: normal; overflow-wrap: anywhere; padding: .25rem .4rem }
}
`
