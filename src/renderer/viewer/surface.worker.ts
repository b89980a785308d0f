import { surfacesOf, type SurfaceRequest } from './surfaces'

self.onmessage = ({ data }: MessageEvent<SurfaceRequest>): void => {
  const reply = surfacesOf(data)
  const memory = reply.surfaces.flatMap(({ surface }) => [surface.points.buffer, surface.triangles.buffer])
  self.postMessage(reply, { transfer: memory })
}
