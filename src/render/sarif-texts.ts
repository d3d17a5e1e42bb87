import type { Finding, Secret, Vulnerability } from '../report/model.ts'
import { clean, code, prose } from './escape.ts'
import { originText, sourcesOf } from './origin-texts.ts'
import { versionChanges } from './select.ts'
import { advisoryLink } from './tables.ts'

/** The texts of one code-scanning alert. */
export interface AlertTexts {
  /** The alert's title, at most 1,024 characters, as every `shortDescription`. */
  readonly title: string
  readonly description: string
  /** The result's message. */
  readonly message: string
  readonly help: { readonly text: string; readonly markdown: string }
}

/** GitHub keeps 1,024 characters of a description (docs.github.com, "SARIF support for code scanning"). */
const MOST_DESCRIPTION = 1_000

const MOST_PLACES = 20
const MOST_ORIGINS = 3

/**
 * The texts on a vulnerable package. They name versions and paths, but no tag, digest or date.
 * @param image name without tag and digest.
 */
export function vulnerabilityTexts(finding: Vulnerability, image: string, platform: string): AlertTexts {
  const name = clean(finding.package, 200)
  const description = clean(finding.description, 2000)
  const title = text(`${finding.id} in ${name}${finding.title === '' ? '' : `: ${finding.title}`}`, 300)
  const changes = versionChanges(finding.occurrences)
    .slice(0, MOST_PLACES)
    .map(change => clean(change, 120))
  const places = placesOf(finding)
  const fix = finding.fixable ? `Update ${name}: ${changes.join('; ')}.` : `There is no fix for ${name} yet.`
  const origins = originsOf(finding)
  const where = [`Found in: ${places.join('; ')}.`, ...origins.map(sentence)].join(' ')
  return {
    title,
    description: text(description, MOST_DESCRIPTION) || title,
    message: text(`${name} in ${clean(image, 200)} (${platform}) has ${finding.id}. ${fix} ${where}`, 4000),
    help: {
      text: text(`${finding.id}, ${finding.severity}. ${fix} ${where} ${description}`, 4000),
      markdown: [
        `**${advisoryLink(finding)}**, ${finding.severity}, in ${code(finding.package)} of ${code(image, 200)} (${code(platform)})`,
        finding.fixable ? `**Fix**: update ${changes.map(change => code(change)).join(', ')}.` : 'There is no fix yet.',
        `**Where**\n\n${places.map(place => `- ${code(place, 300)}`).join('\n')}`,
        originMarkdown(origins),
        prose(description, 2000)
      ]
        .filter(Boolean)
        .join('\n\n')
    }
  }
}

/** The texts on a secret; what it says is not known here. */
export function secretTexts(finding: Secret, image: string, platform: string): AlertTexts {
  const kind = finding.title || finding.id
  const title = text(`Secret in the image: ${kind} in ${finding.path}`, 300)
  const origins = originsOf(finding)
  const where = origins.map(origin => ` ${sentence(origin)}`).join('')
  const remedy =
    'Revoke it, then keep it out of the build: a layer that deletes the file still carries it. Use build secrets instead.'
  return {
    title,
    description: text(`${kind}, found by the rule ${finding.id} in ${finding.path}.`, MOST_DESCRIPTION),
    message: text(`${kind} in ${finding.path} of ${image} (${platform}).${where} ${remedy}`, 2000),
    help: {
      text: `${text(`${kind} in ${finding.path}.${where}`, 1500)} ${remedy}`,
      markdown: [
        `**${prose(kind, 200)}** (rule ${code(finding.id)}), ${finding.severity}, in ${code(finding.path, 300)} of ${code(image, 200)} (${code(platform)})`,
        originMarkdown(origins),
        remedy
      ]
        .filter(Boolean)
        .join('\n\n')
    }
  }
}

/** Where it came from, in words; empty where that is not known. */
function originsOf(finding: Finding): string[] {
  return sourcesOf(finding).slice(0, MOST_ORIGINS).map(originText)
}

function sentence(origin: string): string {
  return `${origin.charAt(0).toUpperCase()}${origin.slice(1)}.`
}

function originMarkdown(origins: readonly string[]): string {
  return origins.length === 0 ? '' : `**Came from**: ${origins.map(origin => prose(origin, 500)).join('; ')}`
}

function placesOf(finding: Vulnerability): string[] {
  const places = finding.occurrences.map(
    ({ path, installed }) => `${path || `${finding.ecosystem} package`} (${installed})`
  )
  const unique = [...new Set(places)]
  const shown = unique.slice(0, MOST_PLACES).map(place => clean(place, 300))
  return unique.length > MOST_PLACES ? [...shown, `${unique.length - MOST_PLACES} more places`] : shown
}

/** Plain SARIF text: brackets would begin a link (SARIF 2.1.0, section 3.11.6), and `@` could reach a review comment. */
function text(said: string, max: number): string {
  const escaped = escapePlain(clean(said, max))
  return escaped.length <= max ? escaped : escapePlain(clean(said, Math.floor(max / 2)))
}

function escapePlain(line: string): string {
  return line.replace(/@|#(?=\d)/g, '$&\u200B').replace(/[[\]\\]/g, '\\$&')
}
