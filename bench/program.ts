import { join } from 'node:path'
import { build } from 'vite'
import { repositoryRoot } from '../scripts/build'

/**
 * Builds programs as the app is built, so that what is measured is what is shipped, and no loader of TypeScript sits beside it.
 * @param sources paths in the repository
 * @returns the folder that has each as `name.js`
 */
export async function buildPrograms(sources: readonly string[]): Promise<string> {
  const outDir = join(repositoryRoot, 'out', 'bench')
  const input = sources.map((path) => join(repositoryRoot, path))
  const output = { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' }
  const options = { ssr: true, outDir, emptyOutDir: false, rollupOptions: { input, output } }
  await build({ root: repositoryRoot, configFile: false, logLevel: 'error', build: options })
  return outDir
}
