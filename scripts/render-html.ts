import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { rehypeGithubAlerts } from 'rehype-github-alerts'
import rehypeRaw from 'rehype-raw'
import rehypeSanitize from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'

/** One piece of Markdown on the page. */
export interface Panel {
  /** Plain text over the panel. */
  readonly title: string
  readonly markdown: string
}

/**
 * Markdown as HTML the way GitHub shows comments and job summaries: GFM, raw HTML, then the allow-list that rehype-sanitize took
 * from GitHub. Mentions, issue numbers and emoji names are not turned into links, as that needs GitHub's data.
 */
export async function markdownToHtml(markdown: string): Promise<string> {
  const file = await unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeRaw)
    .use(rehypeSanitize)
    .use(rehypeGithubAlerts, {})
    .use(rehypeStringify)
    .process(markdown)
  return String(file)
}

/** A self-contained page with the panels in order: no script, and a policy that lets it load nothing. */
export async function renderPage(title: string, panels: readonly Panel[]): Promise<string> {
  const css = await readFile(
    createRequire(import.meta.url).resolve('github-markdown-css/github-markdown-light.css'),
    'utf8'
  )
  const shown = await Promise.all(
    panels.map(async panel => {
      const body = await markdownToHtml(panel.markdown)
      return `<section><h2 class="panel">${escapeHtml(panel.title)}</h2><article class="markdown-body">${body}</article></section>`
    })
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${css}
body { margin: 0; padding: 24px; background: #f6f8fa; font-family: -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
section { max-width: 1012px; margin: 0 auto 32px }
.panel { font-size: 14px; color: #59636e; margin: 0 0 8px }
.markdown-body { padding: 24px; border: 1px solid #d1d9e0; border-radius: 6px }
</style>
</head>
<body>
${shown.join('\n')}
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}
