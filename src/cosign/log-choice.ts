import { UserError } from '../lib/errors.ts'
import { nameOfService, type SigstoreService } from './services.ts'

/** Whether signatures go into a transparency log, and what is to be said about it. */
export interface LogChoice {
  readonly log: boolean
  /** A sentence without a full stop for the step's log. */
  readonly said: string
}

/** What the choice depends on beside the input. */
export interface LogCircumstances {
  readonly visibility: string
  readonly onGitHubDotCom: boolean
  /** The log holds the identity then, and without it nobody can tell that a certificate was valid. */
  readonly keyless: boolean
  /** The services that `signing-config` names; absent without one. */
  readonly services?: readonly SigstoreService[]
}

/**
 * The public log makes the image's digest, the key or the workflow's identity, and what is attested public for ever, so for anything but a
 * public repository on github.com it is used only by consent. A signing config of one's own is that consent for the log that it names.
 * @throws UserError where keyless would need a consent that was not given, or a log that is not there.
 */
export function chooseLog(input: 'auto' | 'true' | 'false', circumstances: LogCircumstances): LogChoice {
  const { visibility, onGitHubDotCom, keyless, services } = circumstances
  if (services !== undefined) return ownLog(input, keyless, services)
  if (input === 'true')
    return { log: true, said: 'signatures go into the public transparency log (transparency-log: true)' }
  if (input === 'false')
    return {
      log: false,
      said: 'signatures stay out of the transparency log (transparency-log: false); only the registry is contacted'
    }
  if (onGitHubDotCom && visibility === 'public')
    return {
      log: true,
      said: 'signatures go into the public transparency log, as the repository is public; transparency-log: false keeps them out'
    }
  if (keyless)
    throw new UserError(
      'keyless puts the names of the repository and the workflow into the public transparency log for ever, and this repository is not public on github.com; agree with transparency-log: true, use a Sigstore of your own with signing-config, or sign with cosign-key'
    )
  return {
    log: false,
    said: 'signatures stay out of the public transparency log, as the repository is not public on github.com; transparency-log: true puts them in'
  }
}

function ownLog(input: 'auto' | 'true' | 'false', keyless: boolean, services: readonly SigstoreService[]): LogChoice {
  const [log] = services.filter(({ role }) => role === 'transparency log')
  if (log !== undefined)
    return { log: true, said: `signatures go into ${nameOfService(log)} that signing-config names` }
  if (keyless)
    throw new UserError(
      'keyless needs a transparency log, which proves that the short-lived certificate was valid, but signing-config names none; add one, or sign with cosign-key'
    )
  if (input === 'true')
    throw new UserError(
      'transparency-log is true, but signing-config names no log; add one, or remove transparency-log'
    )
  return { log: false, said: 'signatures go into no transparency log, as signing-config names none' }
}
