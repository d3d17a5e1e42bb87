/**
 * Escaping of what an image says about itself, for Markdown as GitHub shows it.
 * GitHub renders the Markdown, drops unsafe HTML, and only then looks for mentions, issue numbers, addresses and emoji names in the
 * texts that are left. An entity is back to being a character by then, so those are broken with U+200B besides.
 */

/** Hosts of vulnerability databases and distributors, the only ones that a link may lead to besides our own server. */
const ADVISORY_HOSTS: ReadonlySet<string> = new Set([
  'access.redhat.com',
  'advisories.gitlab.com',
  'alas.aws.amazon.com',
  'avd.aquasec.com',
  'cve.org',
  'errata.almalinux.org',
  'errata.rockylinux.org',
  'github.com',
  'go.dev',
  'linux.oracle.com',
  'nvd.nist.gov',
  'osv.dev',
  'pkg.go.dev',
  'rustsec.org',
  'security-tracker.debian.org',
  'security.alpinelinux.org',
  'security.archlinux.org',
  'ubuntu.com',
  'www.cve.org',
  'www.debian.org',
  'www.suse.com'
])

/** A link to any other page of github.com leaves a trace on the issue or pull request that it names. */
const GITHUB_ADVISORY = /^\/(?:advisories\/|[^/]+\/[^/]+\/security\/advisories\/)/

/** Controls, format and bidirectional characters, lone surrogates, what is no character, and everything that is drawn as nothing. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu

/** Nothing but visible ASCII and spaces, as most texts are: they need less, and there are findings by the hundred thousand. */
const PLAIN_ASCII = /^[ -~]*$/

/** `ghcr.io/acme/app@sha256:…`, a digest whole or short, or a key's fingerprint, unless it is marked as code. */
const DIGESTS = /(?<![`\w./:@-])(?:[\w./:-]+@)?sha256:[0-9a-f]{12,64}\b(?!`)|(?<!`)\bSHA256:[0-9a-f]{64}\b(?!`)/g

/**
 * One line of visible text: white space becomes one space, invisible characters go, and what is too long ends in "…".
 * @param max length in UTF-16 units.
 */
export function clean(text: string, max = 500): string {
  const line = (PLAIN_ASCII.test(text) ? text : visible(text)).replace(/ {2,}/g, ' ').trim()
  if (line.length <= max) return line
  return `${line.slice(0, Math.max(0, max - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** As `clean`, but what is too long begins with "…": paths differ at their ends. */
export function cleanEnd(text: string, max: number): string {
  const line = clean(text, Number.POSITIVE_INFINITY)
  return line.length <= max ? line : `…${line.slice(1 - max).replace(/^[\uDC00-\uDFFF]/, '')}`
}

function visible(text: string): string {
  return text.replace(/(?! [^\s\u0085])[\s\u0085]+/gu, ' ').replace(INVISIBLE, '')
}

/**
 * Text for the log, an annotation or a plain-text table: cleaned, and without the older form of a workflow command, which the runner
 * obeys anywhere in a line (actions/runner src/Runner.Common/ActionCommand.cs).
 */
export function plain(text: string, max = 500): string {
  return clean(text, max).replaceAll('##[', '##_[')
}

/**
 * Code within a paragraph or a table cell, for names, versions, paths, digests and addresses: GitHub looks for nothing in it, and what
 * people copy from it should be whole. Characters that could end a code span or a cell are written as entities in `<code>`, since
 * implementations differ over backslashes before pipes; there Markdown does look for addresses.
 */
export function code(text: string, max = 120): string {
  const line = clean(text, max)
  if (line === '') return ''
  if (/[`|\\<>&]/.test(line)) return `<code>${encode(breakLinks(breakMentions(line)))}</code>`
  return `\`${breakMailMentions(line)}\``
}

/** Text within a paragraph: nothing in it acts as Markdown, HTML, mention, reference, link or emoji name. */
export function prose(text: string, max = 500): string {
  return encode(breakLinks(breakMentions(clean(text, max))))
}

/** As `prose`, for a text of our own in which `…` marks code; whatever it quotes may hold such marks, too, and nothing comes of it. */
export function proseWithCode(text: string, max = 500): string {
  const pieces = clean(text, max).split(/`([^`]+)`/)
  return pieces.map((piece, i) => (i % 2 === 1 ? code(piece, max) : encode(breakLinks(breakMentions(piece))))).join('')
}

/** As `prose`, with references by digest, digests and fingerprints as code, so that they can be copied. */
export function proseWithDigests(text: string, max = 500): string {
  return proseWithCode(text.replace(DIGESTS, '`$&`'), max)
}

/** As `prose`, of a length that suits a table cell. */
export function cell(text: string, max = 120): string {
  return prose(text, max)
}

/**
 * A link, or only its text where the address is not one that we link to.
 * @param text escaped here.
 * @param url `https:` to a known advisory host, or any page under `ownServer`.
 * @param ownServer origin of the GitHub server of this run (`https://github.com`); only links that we build ourselves may give it.
 */
export function link(text: string, url: string, ownServer?: string): string {
  const target = safeUrl(url, ownServer)
  return target === undefined ? cell(text) : `[${cell(text)}](<${target}>)`
}

/** As `link`, with the text as code. */
export function codeLink(text: string, url: string, ownServer?: string): string {
  const target = safeUrl(url, ownServer)
  return target === undefined ? code(text) : `[${code(text)}](<${target}>)`
}

/** The address as it may stand between `<` and `>`, or nothing when it must not be linked to. */
export function safeUrl(url: string, ownServer?: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.username !== '' || parsed.password !== '') return undefined
  if (parsed.origin !== ownServer && !isAdvisory(parsed)) return undefined
  const target = parsed.href.replace(/[^\w:/?#=%.,;+~@!$-]/gu, encodeForUrl)
  return target.length > 2000 ? undefined : target
}

function isAdvisory(url: URL): boolean {
  if (url.protocol !== 'https:' || url.port !== '' || !ADVISORY_HOSTS.has(url.hostname)) return false
  return url.hostname !== 'github.com' || GITHUB_ADVISORY.test(url.pathname)
}

/** `&` separates the parts of a query: as an entity it still does, and cannot begin another entity. */
function encodeForUrl(character: string): string {
  if (character === '&') return '&amp;'
  return [...new TextEncoder().encode(character)]
    .map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

function breakMentions(text: string): string {
  return text.replace(/@|#(?=\d)|GH-(?=\d)|:(?=\/\/)/gi, '$&\u200B')
}

/**
 * Also in code: replies by mail quote our text as plain text, in which GitHub looks for mentions and mail programs for addresses. Somebody is
 * mentioned only where no letter or digit stands before the `@`: `app@sha256:…` and `build.yml@refs/heads/main` stay whole, and so do
 * the addresses of GitHub's that identities and their issuers are.
 */
function breakMailMentions(text: string): string {
  return text.replace(
    /(?<![a-z0-9_])@|#(?=\d)|GH-(?=\d)|:(?=\/\/(?!(?:token\.actions\.githubusercontent|github)\.com(?:\/|$)))/gi,
    '$&\u200B'
  )
}

/** Addresses without a scheme, emoji names, and hexadecimal runs that would be taken for commits (a CVE's number is none). */
function breakLinks(text: string): string {
  return text
    .replace(/www(?=\.)/gi, '$&\u200B')
    .replace(/:(?=[\w+-]+:)/g, '$&\u200B')
    .replace(/\bCVE-\d{4}-\d+\b|\b(?=[a-f]*\d)[0-9a-f]{7,64}\b/gi, word =>
      /^cve/i.test(word) ? word : word.replace(/.{6}(?=.)/g, '$&\u200B')
    )
}

/** Every character that can mean something in Markdown or HTML as a numeric entity; those only mean themselves. */
function encode(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}\p{M} .,()/+=;:'"%?-]/gu, entity)
    .replace(/^[-+=]/, entity)
    .replace(/^(\d{1,9})([.)])(?= |$)/, (_, digits: string, mark: string) => digits + entity(mark))
}

function entity(character: string): string {
  return `&#${character.codePointAt(0)};`
}
