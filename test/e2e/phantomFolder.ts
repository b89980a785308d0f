import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for the phantoms that the tests of a run share. */
    phantoms: string
  }
}

/** Before the Electron tests: a place for the phantoms that they share. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'emend-phantoms-'))
  project.provide('phantoms', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
