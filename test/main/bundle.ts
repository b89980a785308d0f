import { join } from 'node:path'
import { build } from 'vite'
import { appFolder } from '../../src/main/jobs/appFolder'

/** Bundles a program for Node as the app's build does, into a file of this test's own; returns its path. */
export async function bundle(entry: string): Promise<string> {
  const root = appFolder()
  const outDir = join(root, 'out', 'test', String(process.pid))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(root, entry),
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: '[name].js' } },
    },
  })
  return join(outDir, entry.replace(/^.*\//, '').replace(/\.ts$/, '.js'))
}
