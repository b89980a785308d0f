/** How a parameter starts: normally distributed about 0, or constant. */
export type Initial = { readonly deviation: number } | { readonly value: number }

/** One weight tensor, and where it lies in the flat vector of all of them. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initial: Initial
  readonly offset: number
  readonly size: number
  /** Gets no gradient and no update. */
  readonly frozen: boolean
}

/** Weights by name, as `readInitializers` gives them and `encodeInference` takes them. */
export type NamedParameters = ReadonlyMap<string, Float32Array>

/** He et al. 2015, eq. 10: keeps activations' variance through a layer with `fanIn` inputs and a rectifier. */
export const heInitial = (fanIn: number): Initial => ({ deviation: Math.sqrt(2 / fanIn) })

/** Joins weights into the flat vector that the training graph takes; throws where one is missing or of another size. */
export function flatten(specs: readonly ParameterSpec[], parameters: NamedParameters): Float32Array {
  const flat = new Float32Array(specs.reduce((sum, spec) => sum + spec.size, 0))
  for (const { name, offset, size, shape } of specs) {
    const data = parameters.get(name)
    if (!data) throw new Error(`the weights lack '${name}'`)
    if (data.length !== size) {
      throw new Error(`weight '${name}' has ${data.length} values where the network wants ${shape.join('x')} = ${size}`)
    }
    flat.set(data, offset)
  }
  return flat
}

/** The inverse of `flatten`; the arrays are copies. */
export function unflatten(specs: readonly ParameterSpec[], flat: Float32Array): Map<string, Float32Array> {
  return new Map(specs.map(({ name, offset, size }) => [name, flat.slice(offset, offset + size)]))
}

/** Fresh weights. `normalsFor` gives each parameter its own stream of standard normal numbers, by name. */
export function drawParameters(
  specs: readonly ParameterSpec[],
  normalsFor: (name: string) => () => number,
): Map<string, Float32Array> {
  return new Map(
    specs.map(({ name, size, initial }) => {
      if ('value' in initial) return [name, new Float32Array(size).fill(initial.value)]
      const normal = normalsFor(name)
      return [name, Float32Array.from({ length: size }, () => initial.deviation * normal())]
    }),
  )
}

/**
 * Weights to go on from: those of `from` wherever name and size agree with `initial`, else the fresh ones (a head with
 * another number of classes, say). `fresh` names what could not be inherited.
 */
export function inherit(
  initial: NamedParameters,
  from: NamedParameters,
): { readonly parameters: Map<string, Float32Array>; readonly fresh: string[] } {
  const fresh: string[] = []
  const parameters = new Map<string, Float32Array>()
  for (const [name, data] of initial) {
    const old = from.get(name)
    if (old?.length === data.length) parameters.set(name, old.slice())
    else {
      fresh.push(name)
      parameters.set(name, data.slice())
    }
  }
  return { parameters, fresh }
}
