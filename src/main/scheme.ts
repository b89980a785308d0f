import { net, protocol } from 'electron'
import type { Session } from 'electron'
import { SCHEME } from '../shared/contract'
import { appHeaders, serveAppFile } from './door/appFiles'
import { answerVoxels } from './door/voxelRoutes'
import type { VoxelStore } from './door/voxelRoutes'

/** Must run before the app is ready: the scheme behaves like https, with origins, fetch and streams. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true },
    },
  ])
}

/** Serves `emend://app` (the window's files below `root`) and `emend://library` (voxels); nothing else has a host. */
export function serveScheme(session: Session, root: string, store: VoxelStore, devServer: string | undefined): void {
  session.protocol.handle(SCHEME, (request) => {
    const { host, pathname, search } = new URL(request.url)
    if (host === 'library') return answerVoxels(store, request)
    if (host !== 'app') return new Response('not found', { status: 404 })
    return devServer ? serveFromDevServer(devServer, pathname + search) : serveAppFile(root, pathname)
  })
}

/** While developing, the files come from Vite, which injects styles and talks back over a web socket. */
async function serveFromDevServer(devServer: string, path: string): Promise<Response> {
  const response = await net.fetch(new URL(path, devServer).href)
  const headers = new Headers(response.headers)
  const policy = appHeaders['Content-Security-Policy']
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace('connect-src', `connect-src ${devServer.replace(/^http/, 'ws')}`)
  headers.set('Content-Security-Policy', policy)
  return new Response(response.body, { status: response.status, headers })
}
