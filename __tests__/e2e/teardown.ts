import './setup.ts'

/** Ends the world that setup.ts started. */
export default async function teardown(): Promise<void> {
  await globalThis.endWorld?.()
}
