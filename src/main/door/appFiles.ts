import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { PACKED_SCHEME, SCHEME } from '../../shared/contract'

/**
 * Nothing from outside, no inline code, no eval; WebAssembly may compile (image codecs).
 * Voxels come from the library's host of the same scheme.
 */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  `connect-src 'self' ${SCHEME}://library ${PACKED_SCHEME}://library`,
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Serves the window's own files from `root`, and nothing outside it. */
export async function serveAppFile(root: string, pathname: string): Promise<Response> {
  const relative = safeRelativePath(pathname)
  const contentType = relative ? contentTypes[extname(relative)] : undefined
  if (!relative || !contentType) return new Response('not found', { status: 404 })
  try {
    const body = await readFile(join(root, relative))
    return new Response(body, { headers: { ...appHeaders, 'Content-Type': contentType } })
  } catch {
    return new Response('not found', { status: 404 })
  }
}

export const appHeaders = {
  'Content-Security-Policy': CONTENT_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

/** The path below the root, or null where it would lead out of it or is no path. */
function safeRelativePath(pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return null
  const relative = normalize(decoded.replace(/^\/+/, ''))
  return relative === '..' || relative.startsWith(`..${sep}`) || relative.startsWith(sep) ? null : relative
}
