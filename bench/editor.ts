import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { effectInput, runEffect, type EffectInput } from '../src/renderer/editor/effectRun'
import { effects, type EffectId } from '../src/renderer/editor/effects'
import { deltaBytes, type LabelDelta } from '../src/renderer/editor/labelDelta'
import { LabelEditor } from '../src/renderer/editor/labelEditor'
import { overAllUnlocked, paintableOver } from '../src/renderer/editor/writable'
import { DIMS, largeLabels, LIVER, noisyCt, SPACING } from './largeCase'
import type { BenchRow } from './row'

const ROUNDS = 3

/** Effects with a peer that does the same by the same definition. */
const compared: readonly { readonly effect: EffectId; readonly amount: number }[] = [
  { effect: 'largest', amount: 0 },
  { effect: 'fill-holes', amount: 0 },
  { effect: 'grow', amount: 3 },
  { effect: 'shrink', amount: 3 },
  { effect: 'median', amount: 2.25 },
  { effect: 'smooth', amount: 2 },
]

/**
 * The editor on 512 x 512 x 300 labels with 14 structures: processor time of a pointer's move for each brush, of undo,
 * and of effects on the liver beside scipy.ndimage doing the same on the same block of the volume. Python's start and
 * imports are not counted.
 */
export async function run(): Promise<BenchRow[]> {
  const labels = largeLabels().data
  const editor = new LabelEditor(DIMS, SPACING, labels)
  const image = noisyCt(labels)
  const rows = [
    ...brushRows(editor, 'disc', 6, false),
    ...brushRows(editor, 'disc', 20, false),
    ...brushRows(editor, 'ball', 6, true),
    ...brushRows(editor, 'ball', 20, true),
    ...brushRows(editor, 'disc in similar tissue', 20, false, image),
    ...brushRows(editor, 'ball in similar tissue', 20, true, image),
  ]
  const folder = await mkdtemp(join(tmpdir(), 'emend-bench-'))
  try {
    for (const { effect, amount } of compared) rows.push(await effectRow(editor, effect, amount, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  rows.push(await fillBetweenRow(editor))
  return rows
}

function row(name: string, value: number, unit: string, peerValue: number | null = null): BenchRow {
  const machine = cpus()[0]?.model ?? 'unknown'
  if (peerValue === null) return { name, value, unit, peer: null, peerValue: null, ratio: null, machine }
  return { name, value, unit, peer: 'scipy.ndimage', peerValue, ratio: value / peerValue, machine }
}

/**
 * Strokes through the liver in steps of 4 voxels, as a hand makes them: the mean of their moves, and undo of the whole. The
 * first of a session stands for itself: what it runs is compiled meanwhile.
 */
function brushRows(
  editor: LabelEditor,
  shape: string,
  radiusMm: number,
  ball: boolean,
  similarIn?: Int16Array,
): BenchRow[] {
  const stroke = {
    value: LIVER,
    radiusMm,
    plane: ball ? null : ('axial' as const),
    writable: paintableOver(overAllUnlocked, []),
    similarIn,
  }
  const moves = 60
  const name = `${shape} of ${radiusMm} mm`
  const drawn = (): { ms: number; delta: LabelDelta } => {
    editor.begin(stroke, [150, 250, 150])
    const began = process.cpuUsage()
    for (let n = 1; n <= moves; n++) editor.moveTo([150 + 4 * n, 250, 150])
    const used = process.cpuUsage(began)
    const delta = editor.end()
    if (!delta) throw new Error('the stroke changed nothing')
    return { ms: (used.user + used.system) / 1000 / moves, delta }
  }
  const first = drawn()
  editor.apply(first.delta, 'back')
  const { ms, delta } = drawn()
  const before = process.cpuUsage()
  editor.apply(delta, 'back')
  const taken = process.cpuUsage(before)
  const undo = (taken.user + taken.system) / 1000
  return [
    row(`${name}: processor time of a move, first stroke`, first.ms, 'ms'),
    row(`${name}: processor time of a move`, ms, 'ms'),
    row(`${name}: processor time of undo`, undo, 'ms'),
    row(`${name}: undo memory of the stroke`, deltaBytes(delta) / 1024, 'kB'),
  ]
}

function inputOf(effect: EffectId, amount: number, data: Uint8Array): Promise<EffectInput | null> {
  const choice = { effect, amount, value: LIVER, others: [], ground: 0 }
  return effectInput(choice, { data, dims: DIMS, spacing: SPACING, image: new Int16Array(0) })
}

async function effectRow(editor: LabelEditor, effect: EffectId, amount: number, folder: string): Promise<BenchRow> {
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const input = await inputOf(effect, amount, editor.data)
    if (!input) throw new Error('the phantom has no liver')
    const start = performance.now()
    runEffect(input)
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  const input = (await inputOf(effect, amount, editor.data))!
  const path = join(folder, `${effect}.raw`)
  await writeFile(
    path,
    input.labels.map((label) => (label === LIVER ? 1 : 0)),
  )
  const script = fileURLToPath(new URL('./peers/effect.py', import.meta.url))
  const plan = JSON.stringify({ path, size: input.size, spacing: SPACING, effect, amount, rounds: ROUNDS })
  const peer = spawnSync('/usr/bin/python3', [script, plan], { encoding: 'utf8' })
  const seconds = peer.status === 0 ? Number(peer.stdout) : null
  const figure = amount > 0 ? ` ${amount} mm` : ''
  return row(`${effects[effect].title}${figure}, liver of 512x512x300`, best, 's', seconds)
}

/** Every fifth slice of the liver is drawn, the four between are to be filled. */
async function fillBetweenRow(editor: LabelEditor): Promise<BenchRow> {
  const area = DIMS[0] * DIMS[1]
  const sparse = editor.data.map((label, n) => (label === LIVER && Math.floor(n / area) % 5 === 0 ? LIVER : 0))
  const input = await inputOf('fill-between', 0, sparse)
  if (!input) throw new Error('the phantom has no liver')
  const start = performance.now()
  runEffect(input)
  return row('Fill four of five slices, liver of 512x512x300', (performance.now() - start) / 1000, 's')
}
