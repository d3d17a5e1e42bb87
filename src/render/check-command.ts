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
 * The commands that show what is attested of one platform, one for each kind of evidence that it has, the one that says most first. They are the
 * one that checks the signature, without annotations, which attestations have none of.
 * @returns undefined where nothing is attested.
 */
export function attestationCommands(
  image: ImageOutcome
): { readonly platform: string; readonly commands: readonly string[] } | undefined {
  const { verifyCommand, evidence = [], platforms } = image
  const there = evidence.filter(({ state }) => state !== 'failed')
  const platform = (there.find(({ type }) => type === 'vuln') ?? there[0])?.platform
  const digest = platforms.find(one => one.platform === platform)?.digest
  if (verifyCommand === undefined || platform === undefined || digest === undefined) return undefined
  const shown = there.filter(one => one.platform === platform).map(({ type }) => TYPES[type])
  const commands = Object.values(TYPES).flatMap(type =>
    shown.includes(type) ? [typed(verifyCommand, type, digest)] : []
  )
  return { platform, commands }
}

function typed(verifyCommand: string, type: string, digest: string): string {
  return verifyCommand
    .replace(/(^|\s)cosign verify /, `$1cosign verify-attestation --type ${type} `)
    .replace(new RegExp(String.raw`\s-a ${WORD}`, 'g'), '')
    .replace(/@sha256:[0-9a-f]{64}$/, `@${digest}`)
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|\\'/g, (whole, text: string | undefined) => text ?? whole.slice(1))
}
