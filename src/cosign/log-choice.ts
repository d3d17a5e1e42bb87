/** Whether signatures go into the public transparency log, and what is to be said about it. */
export interface LogChoice {
  readonly log: boolean
  /** A sentence without a full stop for the step's log. */
  readonly said: string
}

/**
 * The log makes the image's digest, the key and the annotations public for ever, so for anything but a public repository on github.com it is
 * used only by consent.
 */
export function chooseLog(
  input: 'auto' | 'true' | 'false',
  repository: { readonly visibility: string; readonly onGitHubDotCom: boolean }
): LogChoice {
  if (input === 'true')
    return { log: true, said: 'signatures go into the public transparency log (transparency-log: true)' }
  if (input === 'false')
    return {
      log: false,
      said: 'signatures stay out of the transparency log (transparency-log: false); only the registry is contacted'
    }
  if (repository.onGitHubDotCom && repository.visibility === 'public')
    return {
      log: true,
      said: 'signatures go into the public transparency log, as the repository is public; transparency-log: false keeps them out'
    }
  return {
    log: false,
    said: 'signatures stay out of the public transparency log, as the repository is not public on github.com; transparency-log: true puts them in'
  }
}
