/**
 * `node scripts/run.mjs bench/clicks/main.ts [METHOD...]`: how many clicks a proposal takes. A simulated reader clicks the
 * deepest point of the structure and then that of the largest error, inside or outside, until the DSC is 0.90 or 20
 * clicks are made (as Sofiiuk et al., RITM, ICIP 2022, and Wong et al., ScribblePrompt, ECCV 2024, measure it). None of
 * the patients was trained on.
 */
import { networkScorer, type CellScorer } from '../../src/shared/voxels/proposal/propose'
import { proposalNetwork } from '../../src/shared/voxels/proposal/proposalNetwork'
import { abdomenByHand, abdomenByNetwork, headNecks, hippocampi, type ClickCase } from './cases'
import { geodesic, randomWalker } from './methods'
import { read, type Turn } from './session'

const most = 20
const goal = 0.9

const scorers: Readonly<Record<string, { readonly scorer: CellScorer; readonly box?: boolean }>> = {
  network: { scorer: networkScorer(proposalNetwork) },
  'network, box first': { scorer: networkScorer(proposalNetwork), box: true },
  geodesic: { scorer: geodesic },
  'random walker': { scorer: randomWalker },
}

/** Patients that `scripts/proposalNetwork.ts` leaves out. */
async function* subjects(): AsyncGenerator<ClickCase> {
  yield* abdomenByHand(true)
  yield* hippocampi(['017', '023'])
  yield* headNecks([4, 12])
  yield* abdomenByNetwork()
}

interface Line {
  readonly group: string
  readonly method: string
  readonly turns: readonly Turn[]
}

const lines: Line[] = []
const wanted = process.argv.slice(2)
const methods = Object.entries(scorers).filter(([name]) => wanted.length === 0 || wanted.includes(name))
for await (const subject of subjects()) {
  const variants = subject.prior ? [subject, { ...subject, prior: null }] : [subject]
  for (const variant of variants) {
    const group = variant.prior ? `${variant.group}, from the default model's mask` : variant.group
    for (const [method, { scorer, box }] of methods) {
      if (variant.prior && (box || method !== 'network')) continue
      const turns = read(variant, scorer, { most, goal, box })
      lines.push({ group, method, turns })
      const scores = turns.map((turn) => turn.dsc.toFixed(2)).join(' ')
      const slowest = Math.max(...turns.map((turn) => turn.seconds)).toFixed(2)
      console.log(`${group} | ${variant.patient} | ${variant.structure} | ${method} | ${scores} | ${slowest} s`)
    }
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
console.log('\n| images | method | structures | clicks to 0.90 | reached | DSC 1 | 3 | 5 | s, median | s, most |')
for (const group of [...new Set(lines.map((line) => line.group))]) {
  for (const [method] of methods) {
    const own = lines.filter((line) => line.group === group && line.method === method)
    if (own.length === 0) continue
    const reached = own.filter(({ turns }) => turns[turns.length - 1].dsc >= goal)
    const clicks = own.map(({ turns }) => (turns[turns.length - 1].dsc >= goal ? turns.length : most))
    // Who is content stops: later scores are the last.
    const after = (n: number): string =>
      mean(own.map(({ turns }) => turns[Math.min(n, turns.length) - 1].dsc)).toFixed(2)
    const seconds = own.flatMap(({ turns }) => turns.map((turn) => turn.seconds)).sort((a, b) => a - b)
    console.log(
      `| ${group} | ${method} | ${own.length} | ${mean(clicks).toFixed(1)} | ${reached.length}/${own.length} | ` +
        `${after(1)} | ${after(3)} | ${after(5)} | ${seconds[seconds.length >> 1].toFixed(2)} | ${seconds[seconds.length - 1].toFixed(2)} |`,
    )
  }
}
