import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Programs that leave a trace when somebody runs them. */
const PLANTED = [
  'sigstore-kms-env',
  'docker-credential-x',
  'docker-credential-other',
  'cosign',
  'trivy',
  'tar',
  'git',
  'docker'
]

/** What a hostile or careless job leaves in the workspace, by path. */
export const WORKSPACE: Readonly<Record<string, string>> = {
  'trivy.yaml':
    'severity: [LOW]\nscan:\n  scanners: [license]\n  skip-dirs: ["/"]\nvulnerability:\n  ignore-unfixed: true\nexit-code: 7\n',
  'trivy-secret.yaml':
    'disable-rules: [aws-access-key-id, aws-secret-access-key, github-pat, private-key]\nallow-rules:\n  - id: all\n    path: ".*"\n',
  'ignore-all.rego': 'package trivy\ndefault ignore = true\n',
  'cosign.key': 'not the key',
  '.docker/config.json': '{"credsStore":"other"}'
}

/** Variables of a job that would change what the tools do if they saw them. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  TRIVY_SEVERITY: 'LOW',
  TRIVY_IGNORE_UNFIXED: 'true',
  TRIVY_SCANNERS: 'license',
  TRIVY_SKIP_DIRS: '/',
  TRIVY_IGNORE_POLICY: 'ignore-all.rego',
  TRIVY_CONFIG: 'trivy.yaml',
  TRIVY_SECRET_CONFIG: 'trivy-secret.yaml',
  TRIVY_EXIT_CODE: '7',
  TRIVY_FORMAT: 'table',
  TRIVY_CACHE_DIR: '/nonexistent',
  COSIGN_PASSWORD: 'the wrong password',
  COSIGN_PRIVATE_KEY: 'not a key',
  COSIGN_REPOSITORY: '127.0.0.1:1/else/where',
  COSIGN_DOCKER_MEDIA_TYPES: '1',
  COSIGN_EXPERIMENTAL: '1',
  SIGSTORE_ROOT_FILE: '/nonexistent'
}

/** Puts programs into a folder for PATH; each appends its environment to `NAME.ran` beside it when it is run. */
export async function plant(bin: string): Promise<void> {
  for (const name of PLANTED) {
    const file = join(bin, name)
    // What a helper says when it has no login.
    await writeFile(
      file,
      `#!/bin/sh\n/usr/bin/env >> '${file}.ran'\necho 'credentials not found in native keychain'\nexit 1\n`
    )
    await chmod(file, 0o755)
  }
}

/** Writes files below a folder. */
export async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}
