import { NVMesh } from '@niivue/niivue'
import { describe, expect, it } from 'vitest'
import { colourVertices, meshVertices } from '../../../src/renderer/viewer/meshVertices'
import { surfaceNets } from '../../../src/shared/voxels/surfaceNets'

describe("a mesh's vertices", () => {
  it('are to the byte those that NiiVue works out of the same surface', () => {
    const labels = new Uint8Array(1000)
    for (let n = 0; n < 1000; n++)
      if (Math.hypot((n % 10) - 4, (Math.floor(n / 10) % 10) - 5, n / 100 - 5) < 3.6) labels[n] = 7
    const surface = surfaceNets(labels, [10, 10, 10], 7)
    const rgba = Uint8Array.of(10, 200, 30, 255)
    const theirs = Object.assign(Object.create(NVMesh.prototype) as NVMesh, { f32PerVertex: 5 })
    const expected = theirs.generatePosNormClr(surface.points, surface.triangles, rgba)
    const ours = meshVertices(surface)
    colourVertices(ours, rgba)
    const [a, b] = [new Int8Array(ours.buffer), new Int8Array(expected.buffer)]
    expect(a).toHaveLength(b.length)
    // A normal may be rounded to the next of its 127 steps.
    expect(Math.max(...a.map((byte, n) => Math.abs(byte - b[n])))).toBeLessThanOrEqual(1)
  })
})
