import type { RawInputs } from './fields.ts'

/** Every input of action.yml with its default there, in the order in which people meet them. */
export const INPUTS = {
  image: '',
  digest: '',
  'cosign-key': '',
  'cosign-password': '',
  sign: 'passing',
  'sign-on': 'push, release, workflow_dispatch',
  'signature-format': 'auto',
  'transparency-log': 'auto',
  annotations: '',
  'fail-on': 'critical',
  'ignore-unfixed': 'true',
  'fail-on-secret': 'critical',
  'fail-on-eol': 'false',
  'fail-on-unrecognised': 'false',
  'on-fail': 'error',
  'min-severity': 'low',
  scanners: 'vuln, secret',
  'ignore-file': '',
  'skip-dirs': '',
  'skip-files': '',
  'pkg-types': 'os, library',
  'secret-config': '',
  platforms: 'all',
  comment: 'on-change',
  'comment-key': '',
  'code-scanning': 'auto',
  category: '',
  name: '',
  'github-token': '',
  'registry-username': '',
  'registry-password': '',
  'db-repositories':
    'mirror.gcr.io/aquasec/trivy-db:2, ghcr.io/aquasecurity/trivy-db:2, public.ecr.aws/aquasecurity/trivy-db:2',
  'java-db-repositories':
    'mirror.gcr.io/aquasec/trivy-java-db:1, ghcr.io/aquasecurity/trivy-java-db:1, public.ecr.aws/aquasecurity/trivy-java-db:1',
  'tools-mirror': '',
  'tools-manifest': '',
  timeout: '20m'
} as const satisfies RawInputs
