import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { renderAnnotations } from '../../../src/render/annotations.ts'
import { categoryOf } from '../../../src/render/category.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { renderOutputs } from '../../../src/render/outputs.ts'
import { renderSarif } from '../../../src/render/sarif.ts'
import { renderSummary } from '../../../src/render/summary.ts'
import { renderTable } from '../../../src/render/table.ts'
import { SCENES, type Scene } from '../../fixtures/gallery.ts'

const GOLDEN = new URL('../../golden/render/', import.meta.url)
const BASE = { workflowFile: '.github/workflows/release.yml', job: 'image' }

/** Every scene. */
const DOCUMENTS: Readonly<Record<string, (scene: Scene) => string>> = {
  'comment.md': ({ images, run, previous }) => renderComment(images, run, previous),
  'summary.md': ({ images, run }) => renderSummary(images, run),
  'log.txt': ({ images, run }) => renderTable(images, run)
}

/** The scenes that differ most: these files are long, and their own tests go into detail. */
const DATA: Readonly<Record<string, (scene: Scene) => string>> = {
  'annotations.json': ({ images, run }) => json(renderAnnotations(images, run)),
  'outputs.json': ({ images, run }) => json(renderOutputs(images, run, {})),
  'sarif.json': ({ images, run }) =>
    json(
      renderSarif(images, run, { version: '0.1.0', categoryOf: (name, platform) => categoryOf(BASE, name, platform) })
    )
}

const DATA_SCENES = ['clean-signed', 'gate-failed', 'several-platforms', 'incomplete', 'hostile']

/** Scenes whose findings are as in others: what they say of trust is in the annotations and outputs. */
const { 'sarif.json': _, ...TRUST } = DATA
const TRUST_SCENES = ['attested-promoted', 'attestation-failed', 'promotion-failed', 'keyless', 'schedule-gone']

/** The renderers of a scene beside those of every one. */
function dataOf(name: string): typeof DATA {
  if (DATA_SCENES.includes(name)) return DATA
  return TRUST_SCENES.includes(name) ? TRUST : {}
}

const cases = Object.entries(SCENES).flatMap(([name, scene]) =>
  Object.entries({ ...DOCUMENTS, ...dataOf(name) }).map(([file, render]) => [`${name}/${file}`, render(scene)] as const)
)

describe('what people see, byte for byte (UPDATE_GOLDEN=1 writes it anew)', () => {
  test.each(cases)('%s', (path, text) => {
    const file = new URL(path, GOLDEN)
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(new URL('.', file), { recursive: true })
      writeFileSync(file, text)
    }
    expect(text).toBe(readFileSync(file, 'utf8'))
  })
})

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
