import type { Run } from '../process/command.ts'

/** Trivy, ready to run. */
export interface Trivy {
  readonly run: Run
  /** Absolute path of the program whose bytes were hashed. */
  readonly file: string
  readonly version: string
  /** Environment of a child at home in `directory` that may log in to the registries `hosts`; without any it has no credentials at all. */
  readonly environment: (directory: string, ...hosts: readonly string[]) => Record<string, string>
  /** Makes a fresh empty directory to stand in: Trivy reads trivy.yaml, .trivyignore and trivy-secret.yaml from its working directory. */
  readonly emptyDirectory: (name: string) => Promise<string>
}
