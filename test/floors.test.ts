import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** The house has floors: a room imports only from floors below its own, or from itself. */

const root = fileURLToPath(new URL('..', import.meta.url))

/** Each room by the folder or file that holds it, and the rooms it may import from. The first match counts. */
const rooms: [room: string, mayImport: string[]][] = [
  ['src/shared', []],
  ['src/main/graph', ['src/shared']],
  ['src/main/imaging', ['src/shared']],
  ['src/main/networks', ['src/main/graph', 'src/shared']],
  ['src/main/phantom', ['src/main/imaging', 'src/shared']],
  ['src/main/segmentation', ['src/main/networks', 'src/main/graph', 'src/main/imaging', 'src/shared']],
  ['src/main/library', ['src/main/imaging', 'src/shared']],
  ['src/main/pacs', ['src/main/imaging', 'src/shared']],
  [
    'src/main/learning',
    [
      'src/main/segmentation',
      'src/main/networks',
      'src/main/graph',
      'src/main/library',
      'src/main/imaging',
      'src/main/phantom',
      'src/shared',
    ],
  ],
  ['src/main/jobs', ['<below jobs>']],
  ['src/main/cli', ['src/main/jobs', '<below jobs>']],
  ['src/main/cli.ts', ['src/main/cli', 'src/main/jobs', '<below jobs>']],
  ['src/main/door', ['src/main/jobs', '<below jobs>']],
  ['src/preload', ['src/shared']],
  ['src/renderer', ['src/shared']],
  // The shell: index, window, menu, scheme, ipc and their like, straight in src/main.
  ['src/main', ['src/main/door', 'src/main/jobs', '<below jobs>']],
]
const belowJobs = [
  'src/main/learning',
  'src/main/segmentation',
  'src/main/library',
  'src/main/pacs',
  'src/main/networks',
  'src/main/graph',
  'src/main/imaging',
  'src/main/phantom',
  'src/shared',
]

/** Only these start in Electron; all else runs in plain Node too. */
const electronFiles = /^src\/(main\/[^/]+\.ts|preload\/index\.ts)$/
const plainNodeFiles = new Set(['src/main/cli.ts'])

/** The window's own packages; the rest of package.json's belong to the main side. */
const windowPackages =
  /^(svelte(\/.*)?|@lucide\/svelte(\/.*)?|@niivue\/niivue|@fontsource-variable\/.*|valibot|fflate)$/

const maximumLines = 450

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ts|svelte|js)$/.test(path))
  .map((path) => `src/${path.split(sep).join('/')}`)
  .sort()

function roomOf(path: string): string {
  const room = rooms.find(([name]) => path === name || path.startsWith(`${name}/`))
  if (!room) throw new Error(`${path} lies in no room`)
  return room[0]
}

function scriptOf(path: string): string {
  const text = readFileSync(join(root, path), 'utf8')
  if (!path.endsWith('.svelte')) return text
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n')
}

/** What a file imports, types included: relative paths as they lie in the repository, packages by name. */
function importsOf(path: string): { inside: string[]; packages: string[] } {
  const names = ts.preProcessFile(scriptOf(path), true, true).importedFiles.map((file) => file.fileName)
  const inside = names.filter((name) => name.startsWith('.'))
  return {
    inside: inside.map((name) =>
      relative(root, resolve(root, dirname(path), name))
        .split(sep)
        .join('/'),
    ),
    packages: names.filter((name) => !name.startsWith('.')),
  }
}

function mayImport(room: string): string[] {
  const allowed = rooms.find(([name]) => name === room)![1]
  return allowed.flatMap((name) => (name === '<below jobs>' ? belowJobs : [name]))
}

/** A file import may name its room's single file without the extension. */
function roomOfImport(target: string): string {
  return roomOf(files.find((file) => file === target || file === `${target}.ts` || file === `${target}.js`) ?? target)
}

describe('the house', () => {
  it('has files to check', () => {
    expect(files.length).toBeGreaterThan(20)
  })

  it('lets no room import from its own floor or above', () => {
    const offences = files.flatMap((path) => {
      const room = roomOf(path)
      const allowed = mayImport(room)
      return importsOf(path)
        .inside.filter((target) => target.startsWith('src/'))
        .filter((target) => roomOfImport(target) !== room && !allowed.includes(roomOfImport(target)))
        .map((target) => `${path} imports ${target}`)
    })
    expect(offences).toEqual([])
  })

  it('reaches into src only, or into resources and models', () => {
    const offences = files.flatMap((path) =>
      importsOf(path)
        .inside.filter((target) => !/^(src|resources|models)\//.test(target))
        .map((target) => `${path} imports ${target}`),
    )
    expect(offences).toEqual([])
  })

  it('meets Electron only in the shell', () => {
    const meeting = files.filter((path) => importsOf(path).packages.some((name) => /^electron(\/|$)/.test(name)))
    expect(meeting.filter((path) => !electronFiles.test(path) || plainNodeFiles.has(path))).toEqual([])
    expect(meeting).toContain('src/main/index.ts')
  })

  it('keeps Node and the main side out of the window', () => {
    const offences = files
      .filter((path) => path.startsWith('src/renderer/') || path.startsWith('src/shared/'))
      .flatMap((path) =>
        importsOf(path)
          .packages.filter((name) => !windowPackages.test(name))
          .map((name) => `${path} imports ${name}`),
      )
    expect(offences).toEqual([])
  })

  it('has no long file and no barrel', () => {
    const offences = files.flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const lines = text.split('\n').length
      const found: string[] = []
      if (lines > maximumLines) found.push(`${path} has ${lines} lines, at most ${maximumLines} are allowed`)
      if (/^export (\*|\{[^}]*\}) from/m.test(text)) found.push(`${path} re-exports another file`)
      if (basename(path) === 'utils.ts' || basename(path) === 'helpers.ts')
        found.push(`${path} does not say what it holds`)
      return found
    })
    expect(offences).toEqual([])
  })

  it('escapes the type checker nowhere', () => {
    const offences = files.filter((path) => {
      const source = ts.createSourceFile(path, scriptOf(path), ts.ScriptTarget.Latest)
      return saysAny(source) || /@ts-(ignore|nocheck|expect-error)|eslint-disable/.test(source.text)
    })
    expect(offences).toEqual([])
  })
})

function saysAny(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword || (ts.forEachChild(node, saysAny) ?? false)
}
