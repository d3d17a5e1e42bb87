import { createHash } from 'node:crypto'
import { headlineOfAll } from '../render/headline.ts'
import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import { stepsOf } from '../render/steps.ts'
import { assemble } from './assemble.ts'
import { programText } from './client/program.ts'
import { closing } from './closing.ts'
import { imageSection, planSection } from './header.ts'
import { html, scriptJson } from './html.ts'
import { linkable } from './links.ts'
import { STYLE } from './style.ts'
import { DETAILS_DIALOG, tableSection } from './table.ts'

/**
 * One self-contained HTML file with everything that a run found: it loads nothing and sends nothing, which its content security policy
 * makes sure of. What images say about themselves is text in it and nothing else.
 * @param images what was found and done, at least one.
 */
export function renderPage(images: readonly ImageOutcome[], run: RunFacts): string {
  const steps = stepsOf(images, run)
  const { data, placeOf } = assemble(images, run, steps)
  const complete = images.every(({ verdict }) => verdict.result !== 'incomplete')
  const program = programText()
  const title = html`${headlineOfAll(images, run).icon} ${images.map(({ name }) => name).join(', ')}`.html
  const runPage = linkable(run.runUrl, URL.parse(run.serverUrl)?.origin)
  const head = html`<header class="masthead"><h1>${run.repository}</h1>
<p>commit <code>${run.sha.slice(0, 7)}</code>${
    runPage === undefined ? undefined : html` · <a href="${runPage}" rel="noopener noreferrer">Workflow run</a>`
  } · ${run.now.toISOString().slice(0, 16).replace('T', ' ')} UTC</p></header>`
  const body = html`${head}<main>
${images.map(image => imageSection(image, run))}
${planSection(images, steps, placeOf)}
${tableSection(data, complete)}
${closing(images, run)}
</main>${DETAILS_DIALOG}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(program)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body.html}
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${program}</script>
</body>
</html>
`
}

/** Only our own script and style, nothing from anywhere, and no text that becomes code. */
function contentPolicy(program: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(program)}'`,
    `style-src '${hashOf(STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
