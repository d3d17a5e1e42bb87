import { expect } from '@jest/globals'
import type { StepResult } from '../../../world/runner/runner.ts'
import { crane } from './world.ts'

/** The text of the one error of a step that failed; a second error, or none, fails the test. */
export function theError(result: StepResult): string {
  expect(result.exitCode).toBe(1)
  const errors = result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toHaveLength(1)
  return errors[0] ?? ''
}

/** Everything that is in the registry beside the image itself: tags, which a legacy signature is, and what refers to the image. */
export async function addedTo(reference: string): Promise<{ tags: readonly string[]; referrers: readonly unknown[] }> {
  const [name = '', digest = ''] = reference.split('@')
  const [host = '', ...path] = name.split('/')
  const response = await fetch(`http://${host}/v2/${path.join('/')}/referrers/${digest}`)
  const referrers = response.ok ? ((await response.json()) as { manifests?: unknown[] }).manifests : []
  const tags = (await crane('ls', name)).split('\n').filter(tag => /^sha256-/.test(tag))
  return { tags, referrers: referrers ?? [] }
}

/** Fails the test when anything was pushed beside the image. */
export async function expectNothingAdded(reference: string): Promise<void> {
  expect(await addedTo(reference)).toEqual({ tags: [], referrers: [] })
}
