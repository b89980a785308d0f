import { describe, expect, it } from 'vitest'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { structureCalled } from '../../../src/shared/labels/structureCalled'

describe('a structure by what others call it', () => {
  it.each([
    ['left-kidney', 'left-kidney'],
    ['Left Kidney', 'left-kidney'],
    ['kidney_left', 'left-kidney'],
    ['IVC', 'inferior-vena-cava'],
    ['RAG', 'right-adrenal-gland'],
    ['adrenal_gland_left', 'left-adrenal-gland'],
    ['Gall Bladder', 'gallbladder'],
    ['tumor', 'lesion'],
  ])('%s is %s', (called, name) => {
    expect(structureCalled(schemaNamed('flare23'), called)?.name).toBe(name)
  })

  it.each(['kidney', 'left left kidney', 'urinary bladder', ''])('%j is none', (called) => {
    expect(structureCalled(schemaNamed('flare23'), called)).toBeUndefined()
  })
})
