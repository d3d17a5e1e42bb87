import { parseReference } from '../../image/reference.ts'
import type { SignedBy } from '../../trust/trust.ts'
import { type Access, gainAccess } from '../access.ts'
import type { VerifySetting } from './asked.ts'
import type { Candidate } from './image.ts'

/**
 * The way to the registries of the images that are looked at, and of their signatures. The login of the inputs is for the registry of `image`
 * alone: a Dockerfile, which a pull request can change, names whatever host it likes, and gets no more than docker's own login for that host.
 * @throws UserError when `image` names several registries and one login is given.
 */
export function accessTo(
  setting: VerifySetting,
  candidates: readonly Pick<Candidate, 'asked'>[],
  signers: readonly SignedBy[]
): Promise<Access> {
  const ofImage = new Set(setting.config.images.map(({ reference }) => reference.registry))
  const hosts = [...new Set(candidates.map(({ asked }) => asked.reference.registry))]
  const given = hosts.filter(host => ofImage.has(host))
  const others = [...hosts.filter(host => !ofImage.has(host)), ...signatureHosts(setting, signers)]
  return gainAccess(setting, given, { given: setting.config.registry, others })
}

/** Registries of signatures that are not beside their images. */
function signatureHosts({ config }: VerifySetting, signers: readonly SignedBy[]): string[] {
  const places = signers.flatMap(({ signatureRepository }) => signatureRepository ?? config.signatureRepository ?? [])
  return [...new Set(places.map(place => parseReference(place).registry))]
}
