import { describe, expect, it } from 'vitest'
import { EmendError, oneLine } from '../../src/shared/errors'

describe('EmendError', () => {
  it('has a message of one line that steers no terminal, whatever the names in it hold', () => {
    expect(new EmendError('a\nb.dcm\x1b]0;x\x07 is damaged').message).toBe('a b.dcm ]0;x is damaged')
  })
})

describe('oneLine', () => {
  it('is one line of any error, with the hint where there is one', () => {
    expect(oneLine(new Error('first\n  second'))).toBe('first second')
    expect(oneLine(new EmendError('what', { hint: 'do this' }))).toBe('what (do this)')
    expect(oneLine('text\n')).toBe('text')
  })
})
