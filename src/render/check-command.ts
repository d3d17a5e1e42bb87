import type { Evidence, ImageOutcome } from './outcome.ts'

/** What the command that checks a signature says of how it was made: it is the one that was tried. */
export interface CheckedBy {
  /** Whether the transparency log is asked for. */
  readonly log: boolean
  /** Path of the trusted root of an own Sigstore. */
  readonly trustedRoot?: string
  /** `host/repository` where the signatures are, when not beside the image. */
  readonly signatureRepository?: string
}

/** A word of a POSIX shell, quoted where it has to be: cosign/verify-command.ts writes them. */
const WORD = String.raw`(?:'[^']*'|\\'|[^\s'])+`

/** Reads `COSIGN_REPOSITORY=… cosign verify …`. */
export function readCheck(command: string): CheckedBy {
  const words = (command.match(new RegExp(WORD, 'g')) ?? []).map(unquoted)
  const after = (flag: string) => words.flatMap((word, index) => (word === flag ? (words[index + 1] ?? []) : []))[0]
  const [repository] = words.flatMap(word => /^COSIGN_REPOSITORY=(.+)$/.exec(word)?.[1] ?? [])
  const trustedRoot = after('--trusted-root') ?? words.flatMap(word => /^--trusted-root=(.+)$/.exec(word)?.[1] ?? [])[0]
  return {
    log: !words.includes('--insecure-ignore-tlog=true'),
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
    ...(repository === undefined ? {} : { signatureRepository: repository })
  }
}

const TYPES: Readonly<Record<Evidence['type'], string>> = { vuln: 'vuln', sbom: 'cyclonedx' }

/**
 * The command that shows what is attested of one platform: the newest kind of evidence that says most. It is the one that checks the signature,
 * without annotations, which attestations have none of.
 * @returns undefined where nothing is attested.
 */
export function attestationCommand(
  image: ImageOutcome
): { readonly platform: string; readonly command: string } | undefined {
  const { verifyCommand, evidence = [], platforms } = image
  const there = evidence.filter(({ state }) => state !== 'failed')
  const shown = there.find(({ type }) => type === 'vuln') ?? there[0]
  const digest = platforms.find(({ platform }) => platform === shown?.platform)?.digest
  if (verifyCommand === undefined || shown === undefined || digest === undefined) return undefined
  const command = verifyCommand
    .replace(/(^|\s)cosign verify /, `$1cosign verify-attestation --type ${TYPES[shown.type]} `)
    .replace(new RegExp(String.raw`\s-a ${WORD}`, 'g'), '')
    .replace(/@sha256:[0-9a-f]{64}$/, `@${digest}`)
  return { platform: shown.platform, command }
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|\\'/g, (whole, text: string | undefined) => text ?? whole.slice(1))
}
