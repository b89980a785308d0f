import { surfacesOf, type SurfaceRequest } from './surfaces'

/** Of one case: the maker has a worker of its own. */
let before: Uint8Array | null = null

self.onmessage = ({ data }: MessageEvent<SurfaceRequest>): void => {
  const reply = surfacesOf(data, before)
  before = data.overview.data
  const memory = reply.surfaces.flatMap(({ surface: { points, triangles, vertices } }) => {
    return [points.buffer, triangles.buffer, vertices.buffer]
  })
  self.postMessage(reply, { transfer: memory })
}
