/**
 * Moves the average of the weights towards the weights after a step (exponential moving average; Tarvainen and Valpola,
 * Mean teachers, 2017). The decay grows from a tenth at the start, so that the first weights are soon forgotten.
 * @param step steps done, the one just done included
 */
export function updateAverage(average: Float32Array, weights: Float32Array, decay: number, step: number): void {
  const keep = Math.min(decay, (1 + step) / (10 + step))
  for (let at = 0; at < average.length; at++) average[at] = keep * average[at] + (1 - keep) * weights[at]
}
