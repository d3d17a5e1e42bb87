import type { RawInputs } from './fields.ts'

/** Every input of verify/action.yml with its default there, in the order in which people meet them. */
export const VERIFY_INPUTS = {
  image: '',
  dockerfile: '',
  policy: '',
  key: '',
  'certificate-identity': '',
  'certificate-identity-regexp': '',
  'certificate-oidc-issuer': '',
  'transparency-log': 'auto',
  'trusted-root': '',
  attested: '',
  annotations: '',
  'registry-username': '',
  'registry-password': '',
  'signature-repository': '',
  'tools-mirror': '',
  'tools-manifest': '',
  timeout: '5m'
} as const satisfies RawInputs
