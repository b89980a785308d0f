import { voxelCount } from '../volume'
import { parseDicom, type Attributes } from './attributes'
import type { ByteSource } from './instance'
import type { LabelObject, Region } from './labelObject'
import { Planes } from './planes'
import { contoursFrom, rasterise } from './rtstruct'
import { codeFrom } from './segReader'

/** An RTSTRUCT from its header: contours that are filled on the slices of the series that it references. */
export function structureSetFrom(header: Attributes, source: ByteSource): LabelObject {
  const frameOfReference = header.item('x30060010')
  const series = frameOfReference?.item('x30060012')?.item('x30060014')
  return {
    kind: 'RTSTRUCT',
    name: source.name,
    description: header.text('x30060002') || header.text('x0008103e'),
    seriesInstanceUid: series?.text('x0020000e') ?? '',
    frameOfReferenceUid: frameOfReference?.text('x00200052') ?? '',
    sopInstanceUids: new Set(series?.items('x30060016').map((item) => item.text('x00081155'))),
    regions: regionsOf(header),
    paint: async (grid, image, ids) => {
      const contours = new Map(contoursFrom(parseDicom(await source.read(), source.name)).map((c) => [c.number, c]))
      const planes = new Planes(grid, image)
      const data = new Uint8Array(voxelCount(grid.dims))
      let [overlapping, outside] = [0, 0]
      for (const [number, id] of ids) {
        const region = contours.get(number)
        if (!region) continue
        const filled = rasterise(region, grid, planes)
        outside += filled.outside
        for (let n = 0; n < data.length; n++) {
          if (filled.data[n] === 0) continue
          if (data[n] !== 0) overlapping++
          data[n] = id
        }
      }
      return { labels: { dims: grid.dims, affine: grid.affine, data }, overlapping, outside }
    },
  }
}

function regionsOf(header: Attributes): Region[] {
  const codes = new Map(
    header.items('x30060080').map((item) => {
      const code = item.item('x30060086')
      return [item.text('x30060084'), code] as const
    }),
  )
  return header.items('x30060020').map((roi) => {
    const code = codes.get(roi.text('x30060022'))
    const modifier = code?.item('x00620011')
    return {
      number: Number(roi.text('x30060022')),
      label: roi.text('x30060026'),
      type: code && codeFrom(code),
      modifier: modifier && codeFrom(modifier),
    }
  })
}
