import { expect, it, vi } from 'vitest'
import { Cases } from '../../../src/renderer/worklist/cases.svelte'
import type { EmendApi } from '../../../src/shared/windowApi'
import { detail } from '../review/smallCase'

it("learns a schema's structures anew where a model or an import may have added to them", async () => {
  const listeners = new Map<string, () => void>()
  const known = detail()
  let { schema } = known
  const api = {
    on: (name: string, listener: () => void) => void listeners.set(name, listener),
    listCases: async () => [known.row],
    caseDetail: async () => ({ ...known, schema }),
  }
  const cases = new Cases(api as unknown as EmendApi)
  await cases.load()
  const before = cases.structuresOf(schema.name)
  expect(before).toContain('liver')
  const add = (name: string): void => {
    const added = { ...schema.structures[0], id: 100 + schema.structures.length, name }
    schema = { ...schema, structures: [...schema.structures, added] }
  }
  add('lesion')
  listeners.get('models:changed')?.()
  await vi.waitFor(() => expect(cases.structuresOf(schema.name)).toEqual([...before, 'lesion']))
  add('nodule')
  await cases.load()
  expect(cases.structuresOf(schema.name)).toEqual([...before, 'lesion', 'nodule'])
})
