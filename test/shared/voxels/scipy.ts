import { spawnSync } from 'node:child_process'
import type { Vec3 } from '../../../src/shared/geometry/affine'

const python = '/usr/bin/python3'

/** Runs a Python script that prints JSON; arrays cross as lists, i fastest ('F' order). */
export function runPython(script: string, input: unknown = null): unknown {
  const run = spawnSync(python, ['-c', script], { input: JSON.stringify(input), maxBuffer: 2 ** 29 })
  if (run.status !== 0) throw new Error(String(run.stderr))
  return JSON.parse(String(run.stdout))
}

export const scipyMissing = spawnSync(python, ['-c', 'import scipy.ndimage']).status !== 0

export function pythonLabels(connectivity: 6 | 26): { voxels: Uint8Array; dims: Vec3; labels: number[] } {
  const result = runPython(`
import json, numpy as np
from scipy import ndimage
rng = np.random.default_rng(5)
smooth = ndimage.gaussian_filter(rng.normal(size=(40, 31, 23)), 1.2)
mask = smooth > 0.12
labels, _ = ndimage.label(mask, ndimage.generate_binary_structure(3, ${connectivity === 6 ? 1 : 3}))
flat = lambda a: a.flatten(order='F').astype(int).tolist()
print(json.dumps({'mask': flat(mask), 'labels': flat(labels)}))
`) as { mask: number[]; labels: number[] }
  return { voxels: Uint8Array.from(result.mask), dims: [40, 31, 23], labels: result.labels }
}
