import { readFileSync } from 'node:fs'
import { parse } from 'valibot'
import { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import type { CaseDetail } from '../../../src/shared/contract'
import { LabelSchema } from '../../../src/shared/labels/schema'
import type { Statuses } from '../../../src/shared/labels/status'

const file = new URL('../../../resources/schemas/flare23.json', import.meta.url)
export const schema = parse(LabelSchema, JSON.parse(readFileSync(file, 'utf8')))
export const size = 20

/** A ball of liver, a cube of spleen beside it, nothing else. */
export function labels(): Uint8Array {
  return new Uint8Array(size ** 3).map((_, index) => {
    const [i, j, k] = [index % size, Math.floor(index / size) % size, Math.floor(index / size / size)]
    if (Math.hypot(i - 7, j - 10, k - 10) < 4) return 1
    return i >= 13 && i < 17 && j >= 8 && j < 12 && k >= 8 && k < 12 ? 3 : 0
  })
}

export function detail(statuses: Statuses = {}): CaseDetail {
  const row: CaseDetail['row'] = {
    id: 'case-1',
    title: 'Case 1',
    modality: 'CT',
    description: '',
    dims: [size, size, size],
    spacing: [1, 1, 2],
    importedAt: '2026-01-01T00:00:00Z',
    changedAt: '2026-01-01T00:00:00Z',
    revision: 'r1',
    model: 'default@1',
    reader: null,
    schema: schema.name,
    statuses,
    reviewedFor: schema.structures.map(({ name }) => name),
    warnings: [],
    role: 'work',
  }
  const affine: CaseDetail['affine'] = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 2, 0],
  ]
  const names = schema.structures.map(({ name }) => name)
  return { row, affine, schema, revisions: [], offered: names, sought: names }
}

/**
 * A case of 20 x 20 x 20 voxels of 1 x 1 x 2 mm: a ball of liver (id 1), a cube of spleen (id 3) beside it.
 * @param offers what models have to do with it; all of its structures were looked for where left out
 */
export function openSmallCase(statuses: Statuses = {}, offers: Partial<CaseDetail> = {}): OpenCase {
  return new OpenCase({ ...detail(statuses), ...offers }, new Int16Array(size ** 3), labels(), {
    reader: 'Kim',
    colours: () => 'schema',
  })
}
