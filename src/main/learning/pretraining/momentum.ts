import { seededRandom } from '../../../shared/random'
import { KeyQueue } from '../../graph/contrast'
import type { Value } from '../../graph/session'
import { KEYS, MOMENTUM, QUEUE, type PretrainingStep } from './method'

type Plan = NonNullable<PretrainingStep['momentum']>

/**
 * The momentum encoder's weights, which follow the network's (He et al. 2020, equation 2), and the queue of its keys. They
 * are kept as vectors as long as the weights, which is what a checkpoint holds.
 */
export class Momentum {
  private constructor(
    private readonly plan: Plan,
    private readonly weights: Float32Array,
    private readonly queue: KeyQueue,
  ) {}

  /** At the start of a run: the network's own weights, and random directions in the queue. */
  static start(plan: Plan, parameters: Float32Array, seed: number): Momentum {
    const { normal } = seededRandom(seed).fork('queue')
    const rows = Float32Array.from({ length: plan.queue * plan.dimensions }, () => normal())
    return new Momentum(plan, parameters.slice(), new KeyQueue(rows, plan.dimensions))
  }

  /** From the vectors of a checkpoint. */
  static restore(plan: Plan, [weights, ...rows]: readonly Float32Array[]): Momentum {
    const all = new Float32Array(rows.length * weights.length)
    rows.forEach((part, n) => all.set(part, n * weights.length))
    return new Momentum(
      plan,
      weights.slice(),
      new KeyQueue(all.slice(0, plan.queue * plan.dimensions), plan.dimensions),
    )
  }

  vectors(): Float32Array[] {
    const { length } = this.weights
    const rows = this.queue.state()
    const parts = Array.from({ length: Math.ceil(rows.length / length) }, (_, n) => {
      const part = new Float32Array(length)
      part.set(rows.subarray(n * length, (n + 1) * length))
      return part
    })
    return [this.weights.slice(), ...parts]
  }

  feeds(): Record<string, Value> {
    return {
      [MOMENTUM]: { data: this.weights, dims: [this.weights.length] },
      // The oldest first, so that a resumed run sums in the same order.
      [QUEUE]: { data: this.queue.state(), dims: [this.plan.queue, this.plan.dimensions] },
    }
  }

  /** After a step: its keys join the queue, and the weights move a little towards the network's. */
  update(parameters: Float32Array, figures: Readonly<Record<string, Float32Array>>): void {
    this.queue.push(figures[KEYS])
    const { decay } = this.plan
    const { weights } = this
    for (let at = 0; at < weights.length; at++) weights[at] = decay * weights[at] + (1 - decay) * parameters[at]
  }
}
