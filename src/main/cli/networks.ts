import type { Triple } from '../graph/resampling'
import { multiplyAddsOf, networkParameters } from '../networks/network'
import { networkNames, paperTable, presetNames, presetNetwork, type PaperNetwork } from '../networks/presets'
import { table } from './terminal'
import { parseVerb, type Verb } from './verb'

/** Presets are compared on a patch that all of them take. */
const PATCH: Triple = [96, 96, 96]
const CLASSES = 15

export const networks: Verb = {
  summary: 'the networks that can be trained, and how large they are',
  usage: 'networks [--json]',
  help: `Lists the networks of the presets, and those of the papers beside what the papers say of them. Weights and
multiply-adds (what the papers call FLOPs) are counted on the graphs that training and inference run.`,
  async run(args, terminal) {
    const { values } = parseVerb(args, { json: { type: 'boolean' } }, [])
    terminal.result({ presets: presetRows(), papers: paperTable.map(paperRow) }, values.json, asText)
  },
}

interface PresetRow {
  readonly network: string
  readonly preset: string
  readonly parameters: number
  readonly multiplyAdds: number
}

interface PaperRow {
  readonly paper: string
  readonly network: string
  readonly patch: readonly number[]
  readonly parameters: number
  readonly multiplyAdds: number
  readonly paperParameters: number | null
  readonly paperMultiplyAdds: number | null
}

function presetRows(): PresetRow[] {
  return networkNames.flatMap((network) =>
    presetNames.map((preset) => {
      const config = presetNetwork(network, preset, 1, network === 'position' ? 64 : CLASSES)
      const parameters = networkParameters(config).reduce((sum, { size }) => sum + size, 0)
      return { network, preset, parameters, multiplyAdds: multiplyAddsOf(config, PATCH) }
    }),
  )
}

function paperRow({ paper, what, config, patch, without, ...said }: PaperNetwork): PaperRow {
  const own = networkParameters(config).filter(({ name }) => !without || !name.startsWith(without.prefix))
  return {
    paper,
    network: what,
    patch: [...patch],
    parameters: own.reduce((sum, { size }) => sum + size, 0),
    multiplyAdds: multiplyAddsOf(config, patch) - (without ? multiplyAddsOf(without.config, patch) : 0),
    paperParameters: said.parameters === null ? null : said.parameters * 1e6,
    paperMultiplyAdds: said.multiplyAdds === null ? null : said.multiplyAdds * 1e9,
  }
}

const millions = (n: number | null): string => (n === null ? '-' : (n / 1e6).toFixed(2))
const thousandMillions = (n: number | null): string => (n === null ? '-' : (n / 1e9).toFixed(1))

function asText({ presets, papers }: { presets: readonly PresetRow[]; papers: readonly PaperRow[] }): string {
  return [
    `Presets: weights (M), multiply-adds at ${PATCH.join('x')} (G)`,
    table(
      presets.map((row) => [row.network, row.preset, millions(row.parameters), thousandMillions(row.multiplyAdds)]),
      [2, 3],
    ),
    '',
    "The papers' networks: weights (M) and multiply-adds (G), ours and as the paper says",
    table(
      papers.map((row) => [
        row.paper,
        row.network,
        row.patch.join('x'),
        millions(row.parameters),
        millions(row.paperParameters),
        thousandMillions(row.multiplyAdds),
        thousandMillions(row.paperMultiplyAdds),
      ]),
      [3, 4, 5, 6],
    ),
  ].join('\n')
}
