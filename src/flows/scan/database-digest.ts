import { parseReference } from '../../image/reference.ts'
import { createRegistry } from '../../image/registry.ts'

const TIMEOUT_MS = 10_000

/**
 * What a database's tag points at now. Asked without a login, whoever else may be logged in there, as Trivy asks for the database itself; and
 * once only, since not knowing costs no more than an attestation that says the same again.
 * @returns undefined when the registry does not say.
 */
export async function databaseDigest(repository: string): Promise<string | undefined> {
  const { impatient } = createRegistry({ credentials: () => undefined, timeoutMs: TIMEOUT_MS })
  return impatient.digestOf(parseReference(repository)).catch(() => undefined)
}
