import { net, protocol } from 'electron'
import type { BrowserWindow, Session } from 'electron'
import { PACKED_SCHEME, SCHEME } from '../shared/contract'
import { isTrusted } from './door/answer'
import { appHeaders, serveAppFile } from './door/appFiles'
import { answerVoxels, packedFile } from './door/voxelRoutes'
import type { VoxelStore } from './door/voxelRoutes'

/** Of Chromium's network errors. */
const FILE_NOT_FOUND = -6

/** Must run before the app is ready: the scheme behaves like https, with origins, fetch and streams. */
export function declareScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true }
  protocol.registerSchemesAsPrivileged([SCHEME, PACKED_SCHEME].map((scheme) => ({ scheme, privileges })))
}

/** Serves `emend://app` (the window's files below `root`) and `emend://library` (voxels); nothing else has a host. */
export function serveScheme(session: Session, root: string, store: VoxelStore, devServer: string | undefined): void {
  session.protocol.handle(SCHEME, (request) => {
    const { host, pathname, search } = new URL(request.url)
    if (host === 'library') return answerVoxels(store, request)
    if (host !== 'app') return new Response('not found', { status: 404 })
    return devServer ? serveFromDevServer(devServer, pathname + search) : serveAppFile(root, pathname)
  })
  // Chromium reads the file itself, five times as fast as any stream that passes through this process.
  session.protocol.registerFileProtocol(PACKED_SCHEME, ({ url }, answer) => {
    void packedFile(store, url).then((file) => answer(file ?? { error: FILE_NOT_FOUND }))
  })
}

/**
 * Lets only the window's own page reach the library: Electron's requests carry no Origin header for such schemes and no
 * cross-origin check is made, but here each comes with the frame that sent it. (Workers send without
 * one and are refused: the window hands them what they work on.)
 */
export function guardLibrary(session: Session, currentWindow: () => BrowserWindow | null): void {
  session.webRequest.onBeforeRequest(
    { urls: [SCHEME, PACKED_SCHEME].map((scheme) => `${scheme}://library/*`) },
    ({ frame, webContents }, decide) => {
      const own = currentWindow()?.webContents
      const isOwnWindow = own !== undefined && webContents === own && frame === own.mainFrame
      const trusted = isTrusted({ url: frame?.url ?? null, isOwnWindow })
      if (!trusted) console.error(`refused the library to ${frame?.url ?? 'a frame that is gone'}`)
      decide({ cancel: !trusted })
    },
  )
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
