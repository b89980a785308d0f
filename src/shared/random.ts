/** A stream of pseudo-random numbers that a seed determines, the same on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1), with 32 random bits. */
  next(): number
  /** Standard normal. */
  normal(): number
  /** A whole number, uniform in [0, n). */
  int(n: number): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** A stream of its own for one part of the work: drawing more in one part leaves the others as they were. */
  fork(part: string): Random
}

/** xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32 so that neighbouring seeds differ wholly. */
export function seededRandom(seed: number): Random {
  let fill = seed | 0
  const splitmix = (): number => {
    fill = (fill + 0x9e3779b9) | 0
    let z = fill ^ (fill >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix()
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return (result >>> 0) / 2 ** 32
  }
  let spare: number | null = null
  const normal = (): number => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  return {
    next,
    normal,
    int: (n) => Math.floor(next() * n),
    between: (low, high) => low + (high - low) * next(),
    fork: (part) => seededRandom(hashOf(`${seed}/${part}`)),
  }
}

/** FNV-1a, 32 bits, signed. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash | 0
}
