import { asObject, asString } from '../lib/json.ts'

/** Who a certificate names, and who vouches for it. */
export interface Identity {
  /** Subject alternative name: `https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main`. */
  readonly identity: string
  /** The OIDC issuer: `https://token.actions.githubusercontent.com`. */
  readonly issuer: string
}

/**
 * The identity that Fulcio puts into the certificate for an ID token of GitHub Actions: the server and the workflow that signs, which is the
 * called one where a workflow calls another.
 * Source: sigstore/fulcio config/identity/config.yaml, subject-alternative-name-template of github-workflow.
 * @param jwt trusted for what it is: it comes from GitHub, and only Fulcio has to check it.
 * @throws TypeError or SyntaxError for anything else than a token of GitHub Actions.
 */
export function identityOfToken(jwt: string): Identity {
  const [, payload = ''] = jwt.split('.')
  const claims = asObject(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')), 'the token')
  const issuer = asString(claims['iss'], 'iss')
  return { identity: `${serverOf(issuer)}/${asString(claims['job_workflow_ref'], 'job_workflow_ref')}`, issuer }
}

/**
 * The web address of the server whose issuer this is: GitHub Enterprise Server issues tokens itself, a company's subdomain of ghe.com at a host of its own.
 * Source: https://docs.github.com/en/actions/reference/security/oidc
 */
function serverOf(issuer: string): string {
  const [, enterprise] = /^(https?:\/\/[^/]+)\/_services\/token$/.exec(issuer) ?? []
  const [, subdomain] = /^https:\/\/token\.actions\.([a-z0-9-]+)\.ghe\.com$/.exec(issuer) ?? []
  return enterprise ?? (subdomain === undefined ? 'https://github.com' : `https://${subdomain}.ghe.com`)
}
