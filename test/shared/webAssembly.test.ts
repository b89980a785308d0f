import { describe, expect, it } from 'vitest'
import { get, instantiate, load, repeated, set, store } from '../../src/shared/webAssembly'

describe('instantiate', () => {
  it('makes a function over memory that counts its loops and moves vectors', () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    const [BYTES, TO] = [0, 1]
    const [AT, VALUE] = [2, 3]
    const plus = (by: number): number[] => [...get(by), 0x6a]
    const copy = repeated(AT, BYTES, 16, [
      ...[...get(AT), ...load(0), ...set(VALUE)],
      ...[...get(AT), ...plus(TO), ...get(VALUE), ...store],
    ])
    const run = instantiate({ parameters: 2, integers: 1, vectors: 1, code: copy }, memory)
    const bytes = new Uint8Array(memory.buffer)
    for (let n = 0; n < 64; n++) bytes[n] = n + 1
    run(48, 1000)
    expect([...bytes.subarray(1000, 1048)]).toEqual([...bytes.subarray(0, 48)])
    expect(bytes[1048]).toBe(0)
  })
})
