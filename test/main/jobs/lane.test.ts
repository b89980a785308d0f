import { describe, expect, it } from 'vitest'
import { Lane, type Ending, type Run } from '../../../src/main/jobs/lane'
import type { JobProcess } from '../../../src/main/jobs/launcher'
import type { ToJobProcess } from '../../../src/main/jobs/messages'

/** A job process by hand: what it was told, and what it answers when the test says so. */
class ManualProcess implements JobProcess {
  readonly told: ToJobProcess[] = []
  killed = false
  private hear: (message: unknown) => void = () => undefined
  private exit: (code: number | null) => void = () => undefined

  send(message: unknown): void {
    this.told.push(message as ToJobProcess)
  }
  onMessage(listener: (message: unknown) => void): void {
    this.hear = listener
  }
  onExit(listener: (code: number | null) => void): void {
    this.exit = listener
  }
  kill(): void {
    this.killed = true
    this.exit(null)
  }
  says(message: unknown): void {
    this.hear(message)
  }
  dies(code: number): void {
    this.exit(code)
  }
}

function laneByHand(graceMs = 1_000_000, idleMs = 1_000_000) {
  const processes: ManualProcess[] = []
  const log: string[] = []
  const launch = () => {
    const process = new ManualProcess()
    processes.push(process)
    return process
  }
  const listener = {
    started: (id: string) => void log.push(`${id} started`),
    progressed: (id: string, progress: { phase: string }) => void log.push(`${id} ${progress.phase}`),
    passedOver: (id: string, { line }: { line: string }) => void log.push(`${id} without ${line}`),
    ended: (id: string, ending: Ending) => void log.push(`${id} ${ending.state}: ${ending.outcome}`),
    changed: (ids: readonly string[]) => void log.push(`changed ${ids.join()}`),
  }
  return { lane: new Lane(launch, listener, { graceMs, idleMs }), processes, log }
}

const job = (jobId: string): Run => ({
  type: 'run',
  jobId,
  task: { kind: 'learn' },
  library: '/library',
  user: 'reader',
  devices: [],
})

describe('a lane', () => {
  it('runs one job after the other in one process', () => {
    const { lane, processes, log } = laneByHand()
    lane.add(job('a'))
    lane.add(job('b'))
    const [process] = processes
    expect(process.told).toEqual([job('a')])
    process.says({ type: 'progress', jobId: 'a', progress: { phase: 'training', done: 1, total: 2 } })
    process.says({ type: 'changed', caseIds: ['x'], models: false })
    process.says({ type: 'passed-over', jobId: 'a', passed: { caseId: 'y', line: 'a torn image' } })
    process.says({ type: 'done', jobId: 'a', outcome: 'fine' })
    process.says({ type: 'failed', jobId: 'b', reason: 'no data', cancelled: false })
    expect(processes).toHaveLength(1)
    const told = ['a started', 'a training', 'changed x', 'a without a torn image', 'a done: fine']
    expect(log).toEqual([...told, 'b started', 'b failed: no data'])
    lane.close()
  })

  it('gives the next job a new process when one dies', () => {
    const { lane, processes, log } = laneByHand()
    lane.add(job('a'))
    lane.add(job('b'))
    processes[0].dies(139)
    expect(processes).toHaveLength(2)
    expect(processes[1].told).toEqual([job('b')])
    expect(log).toEqual(['a started', "a failed: the job's process ended unexpectedly (code 139)", 'b started'])
    lane.close()
  })

  it('kills a process that does not stop when its job is cancelled', async () => {
    const { lane, processes, log } = laneByHand(1)
    lane.add(job('a'))
    lane.cancel('a')
    expect(processes[0].told.at(-1)).toEqual({ type: 'cancel', jobId: 'a' })
    await expect.poll(() => processes[0].killed).toBe(true)
    expect(log).toEqual(['a started', 'a cancelled: cancelled'])
  })

  it('calls a job done that was done before the word to cancel reached it', () => {
    const { lane, processes, log } = laneByHand()
    lane.add(job('a'))
    lane.cancel('a')
    processes[0].says({ type: 'done', jobId: 'a', outcome: 'fine' })
    expect(log.at(-1)).toBe('a done: fine')
    expect(processes[0].killed).toBe(false)
    lane.close()
  })

  it('lets an idle process go, and starts another when there is work again', async () => {
    const { lane, processes } = laneByHand(1_000_000, 1)
    lane.add(job('a'))
    processes[0].says({ type: 'done', jobId: 'a', outcome: 'fine' })
    await expect.poll(() => processes[0].killed).toBe(true)
    lane.add(job('b'))
    expect(processes).toHaveLength(2)
    lane.close()
  })

  it('refuses a message that is none of the contract', () => {
    const { lane, processes } = laneByHand()
    lane.add(job('a'))
    expect(() => processes[0].says({ type: 'done', jobId: 'a' })).toThrow()
    lane.close()
  })
})
