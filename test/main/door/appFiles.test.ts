import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTENT_POLICY, serveAppFile } from '../../../src/main/door/appFiles'

describe("the window's own files", () => {
  let folder: string
  let root: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emend-files-'))
    root = join(folder, 'renderer')
    await mkdir(join(root, 'assets'), { recursive: true })
    await writeFile(join(root, 'index.html'), '<title>Emend</title>')
    await writeFile(join(root, 'assets/app.js'), 'export {}')
    await writeFile(join(root, 'patients.db'), 'not for pages')
    await writeFile(join(folder, 'secret.json'), '{}')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are served with their type and the content policy', async () => {
    const page = await serveAppFile(root, '/index.html')
    expect(page.status).toBe(200)
    expect(page.headers.get('Content-Type')).toContain('text/html')
    expect(page.headers.get('Content-Security-Policy')).toBe(CONTENT_POLICY)
    expect(page.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(await page.text()).toBe('<title>Emend</title>')
    expect((await serveAppFile(root, '/assets/app.js')).headers.get('Content-Type')).toContain('text/javascript')
  })

  it.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/..%5csecret.json',
    '//etc/passwd.json',
    '/assets/%00.js',
    '/%',
    '/missing.js',
    '/patients.db',
    '/assets',
    '/',
  ])('do not include %s', async (path) => {
    expect((await serveAppFile(root, path)).status).toBe(404)
  })

  it('may run no inline script, no eval and nothing from elsewhere', () => {
    expect(CONTENT_POLICY).toContain("default-src 'none'")
    expect(CONTENT_POLICY).not.toMatch(/'unsafe-(inline|eval)'|https?:|\*/)
  })
})
