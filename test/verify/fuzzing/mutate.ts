import type { seededRandom } from '../../../src/shared/random'

type Random = ReturnType<typeof seededRandom>

/** Damage as discs, networks and hostile hands do it. Each takes the file and leaves it as it is. */
type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

const ABSURD = [0xffffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0x10000000, 0, 1]

function changed(bytes: Uint8Array, change: (copy: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes)
  change(copy, new DataView(copy.buffer))
  return copy
}

const mutations: Readonly<Record<string, Mutation>> = {
  truncated: (bytes, random) => bytes.subarray(0, random.int(bytes.length)),
  'bits flipped': (bytes, random) =>
    changed(bytes, (copy) => {
      for (let n = 1 + random.int(8); n > 0; n--) copy[random.int(copy.length)] ^= 1 << random.int(8)
    }),
  'bits flipped at the start': (bytes, random) =>
    changed(bytes, (copy) => {
      for (let n = 1 + random.int(8); n > 0; n--) copy[random.int(Math.min(copy.length, 700))] ^= 1 << random.int(8)
    }),
  'bytes of noise': (bytes, random) =>
    changed(bytes, (copy) => {
      const from = random.int(copy.length)
      for (let n = from; n < Math.min(copy.length, from + 40); n++) copy[n] = random.int(256)
    }),
  'an absurd number': (bytes, random) =>
    changed(bytes, (copy, view) => {
      if (copy.length < 4) return
      view.setUint32(random.int(copy.length - 3), ABSURD[random.int(ABSURD.length)], random.next() < 0.8)
    }),
  'an absurd short number': (bytes, random) =>
    changed(bytes, (copy, view) => {
      if (copy.length >= 2)
        view.setUint16(random.int(copy.length - 1), [0xffff, 0x8000, 0, 0x7fff][random.int(4)], true)
    }),
  'a part removed': (bytes, random) => {
    const from = random.int(bytes.length)
    return joined(bytes.subarray(0, from), bytes.subarray(from + 1 + random.int(64)))
  },
  'a part twice': (bytes, random) => {
    const from = random.int(bytes.length)
    const to = Math.min(bytes.length, from + 1 + random.int(500))
    return joined(bytes.subarray(0, to), bytes.subarray(from))
  },
  'nested without end': (bytes, random) => {
    const from = random.int(bytes.length)
    const item = Uint8Array.of(0x08, 0, 0x15, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff) // prettier-ignore
    const nest = new Uint8Array(item.length * (1 + random.int(3000)))
    for (let at = 0; at < nest.length; at += item.length) nest.set(item, at)
    return joined(bytes.subarray(0, from), nest, bytes.subarray(from))
  },
  'digits grown': (bytes, random) =>
    changed(bytes, (copy) => {
      const digits = [...copy.keys()].filter((n) => copy[n] >= 48 && copy[n] <= 57)
      for (let n = 1 + random.int(6); n > 0 && digits.length > 0; n--) copy[digits[random.int(digits.length)]] = 57
    }),
}

const names = Object.keys(mutations)

/** The file with one to three kinds of damage, and what they were. */
export function mutated(bytes: Uint8Array, random: Random): { bytes: Uint8Array; how: string } {
  const chosen = Array.from({ length: 1 + random.int(3) }, () => names[random.int(names.length)])
  const result = chosen.reduce((file, name) => (file.length > 0 ? mutations[name](file, random) : file), bytes)
  return { bytes: result, how: chosen.join(', ') }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
