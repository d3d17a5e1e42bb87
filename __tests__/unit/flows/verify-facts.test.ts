import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Cosign } from '../../../src/cosign/cosign.ts'
import { gatherFacts } from '../../../src/flows/verify/facts.ts'
import { OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { parseReference, pin } from '../../../src/image/reference.ts'
import { createRegistry } from '../../../src/image/registry.ts'
import { startFakeRegistry } from '../../fixtures/fake-registry.ts'
import { aDemand, aRule, aSignedBy } from '../../fixtures/trust.ts'

const PLACE = '127.0.0.1:9/acme/sigs'
const WHERE = `signatures are looked for in ${PLACE}, the input signature-repository`

test('signatures in another registry that does not answer: the reason says why that one was asked', async () => {
  const fake = await startFakeRegistry()
  const directory = await mkdtemp(join(tmpdir(), 'verify-facts-'))
  try {
    const config = fake.blob('{}', 'application/vnd.oci.image.config.v1+json')
    const { digest } = fake.manifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] }, OCI_MANIFEST)
    const signedBy = aSignedBy()
    const demand = aDemand({ type: 'cyclonedx', signedBy: [signedBy] })
    const options = { log: 'ignored', signatureRepository: PLACE } as const
    const believed = { authorities: [], options, elsewhere: `${PLACE}, the input signature-repository` }
    const wait = async () => {}
    const registry = createRegistry({ credentials: () => undefined, timeoutMs: 5000, wait })
    const cosign = { emptyDirectory: () => mkdtemp(join(directory, 'x-')) } as unknown as Cosign
    const looking = { tools: { registry, cosign, wait }, beliefs: new Map([[signedBy, believed]]) }
    const image = pin(parseReference(`${fake.host}/acme/app`), digest)
    const { signatures, attested } = await gatherFacts(
      looking,
      image,
      aRule({ signedBy: [signedBy], attested: [demand] })
    )
    const said = { reason: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:9 .*; ${WHERE}$`)) }
    expect(signatures[0]?.found.get(digest)).toMatchObject({ state: 'unreachable', ...said })
    expect(attested[0]?.problem).toMatchObject({ outcome: 'unreachable', ...said })
  } finally {
    await fake.close()
    await rm(directory, { recursive: true })
  }
})
