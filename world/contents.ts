import { join } from 'node:path'
import { buildDatabase, pushDatabase } from './database/database.ts'
import { type ImageName, pushImages } from './images/images.ts'

/** A full reference by digest for each of the world's images; the ones that others are built from are in the registry too. */
export type ImageReferences = Readonly<Record<Exclude<ImageName, 'base' | 'base-today' | 'static'>, string>>

/** Where the contents go. */
export interface Destination {
  /** Absolute paths. */
  readonly crane: string
  readonly database: string
  /** `host:port` of the registry that gets the images and the DB. */
  readonly registry: string
  /** Registries that get the images too. */
  readonly others: readonly string[]
  /** For temporary files. */
  readonly folder: string
}

/** Pushes the images and the vulnerability DB. `dbRepositories` is a value for the input of that name. */
export async function fillRegistries(
  destination: Destination
): Promise<{ readonly images: ImageReferences; readonly dbRepositories: string }> {
  const { crane, registry, others } = destination
  const [pushed, dbRepositories] = await Promise.all([
    pushImages({ crane, registry }),
    makeDatabase(destination),
    ...others.map(other => pushImages({ crane, registry: other }))
  ])
  const { base: _base, 'base-today': _today, static: _static, ...images } = pushed
  return { images, dbRepositories }
}

/** Built anew for every world: Trivy refuses a DB whose time is too long ago. */
async function makeDatabase({ registry, database, folder }: Destination): Promise<string> {
  const directory = join(folder, 'database')
  await buildDatabase({ program: database, directory, updatedAt: new Date() })
  return pushDatabase({ registry, directory })
}
