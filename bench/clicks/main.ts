/**
 * `node scripts/run.mjs bench/clicks/main.ts [--method NAME] [--images TEXT] [--weights FILE]`: how many clicks a proposal
 * takes. A simulated reader clicks the deepest point of the structure and then that of the largest error, inside or
 * outside, until the DSC is 0.90 or 20 clicks are made (as Sofiiuk et al., RITM, ICIP 2022, and Wong et al.,
 * ScribblePrompt, ECCV 2024, measure it). None of the patients was trained on.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { proposalNetworkFrom, type StoredNetwork } from '../../src/shared/voxels/proposal/proposalNetwork'
import type { WindowScorer } from '../../src/shared/voxels/proposal/propose'
import { networkScorer } from '../../src/shared/voxels/proposal/windowNetwork'
import { abdomenByHand, abdomenByNetwork, headNecks, hippocampi, type ClickCase } from './cases'
import { geodesic, randomWalker } from './methods'
import { read, type Turn } from './session'

const most = 20
const goal = 0.9
/** A score that falls by less has not fallen. */
const noticed = 0.002

const { values } = parseArgs({
  options: {
    method: { type: 'string', multiple: true },
    images: { type: 'string', default: '' },
    weights: { type: 'string', default: 'resources/proposal-network.json' },
  },
})

const network = (): WindowScorer => {
  return networkScorer(proposalNetworkFrom(JSON.parse(readFileSync(values.weights, 'utf8')) as StoredNetwork))
}

interface Method {
  readonly name: string
  readonly scorer: () => WindowScorer
  readonly box?: boolean
}

const all: readonly Method[] = [
  { name: 'network', scorer: network },
  { name: 'network, box first', scorer: network, box: true },
  { name: 'geodesic', scorer: () => geodesic },
  { name: 'random walker', scorer: () => randomWalker },
]
const methods = all
  .filter(({ name }) => values.method?.includes(name) ?? true)
  .map((m) => ({ ...m, scorer: m.scorer() }))

/** Patients that `train.ts` leaves out. */
async function* subjects(): AsyncGenerator<ClickCase> {
  const wanted = (name: string): boolean => name.includes(values.images)
  if (wanted('abdomen by hand')) yield* abdomenByHand(true)
  if (wanted('hippocampus')) yield* hippocampi(['017', '023'])
  if (wanted('head-neck')) yield* headNecks([4, 12])
  if (wanted('abdomen by network')) yield* abdomenByNetwork()
}

interface Line {
  readonly group: string
  readonly method: string
  readonly before: number
  readonly turns: readonly Turn[]
}

const lines: Line[] = []
for await (const subject of subjects()) {
  const variants = subject.prior ? [subject, { ...subject, prior: null }] : [subject]
  for (const variant of variants) {
    const group = variant.prior ? `${variant.group}, from the default model's mask` : variant.group
    for (const { name, scorer, box } of methods) {
      if (variant.prior && box) continue
      const { before, turns } = read(variant, scorer, { most, goal, box })
      lines.push({ group, method: name, before, turns })
      const scores = turns.map((turn) => turn.dsc.toFixed(2)).join(' ')
      const slowest = Math.max(...turns.map((turn) => turn.seconds)).toFixed(2)
      console.log(`${group} | ${variant.patient} | ${variant.structure} | ${name} | ${scores} | ${slowest} s`)
    }
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
console.log(
  '\n| images | method | structures | reached 0.90 | clicks, median | DSC 1 | 3 | 5 | 10 | 20 | clicks that lower it | s, median | s, most |',
)
for (const group of [...new Set(lines.map((line) => line.group)), 'all']) {
  for (const { name } of methods) {
    const own = lines.filter((line) => (group === 'all' || line.group === group) && line.method === name)
    if (own.length === 0) continue
    const reached = own.filter(({ turns }) => turns[turns.length - 1].dsc >= goal).length
    const clicks = own.map(({ turns }) => (turns[turns.length - 1].dsc >= goal ? turns.length : Infinity))
    const middle = clicks.sort((a, b) => a - b)[Math.floor((clicks.length - 1) / 2)]
    // Who is content stops: later scores are the last.
    const after = (n: number): string =>
      mean(own.map(({ turns }) => turns[Math.min(n, turns.length) - 1].dsc)).toFixed(2)
    const changes = own.flatMap(({ before, turns }) => turns.map((turn, n) => turn.dsc - (turns[n - 1]?.dsc ?? before)))
    const lowered = changes.filter((change) => change < -noticed).length / changes.length
    const seconds = own.flatMap(({ turns }) => turns.map((turn) => turn.seconds)).sort((a, b) => a - b)
    const columns = [
      group,
      name,
      own.length,
      `${reached}/${own.length}`,
      middle === Infinity ? '> 20' : middle,
      ...[1, 3, 5, 10, 20].map(after),
      `${(100 * lowered).toFixed(0)} %`,
      seconds[seconds.length >> 1].toFixed(2),
      seconds[seconds.length - 1].toFixed(2),
    ]
    console.log(`| ${columns.join(' | ')} |`)
  }
}
