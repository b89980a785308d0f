import json from '../../../../resources/proposal-network.json'
import type { Layer } from './cellNetwork'

/** As `bench/clicks/train.ts` writes it. */
interface StoredLayer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: readonly number[]
  readonly bias: readonly number[]
}

const layerOf = ({ inputs, outputs, weight, bias }: StoredLayer): Layer => {
  return { inputs, outputs, weight: Float32Array.from(weight), bias: Float32Array.from(bias) }
}

/** The network that ships with Emend; `bench/clicks/train.ts` trains it. */
export const proposalNetwork: readonly Layer[] = json.map(layerOf)
