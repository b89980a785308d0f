import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that is removed after the test; its name has a space and an umlaut, as people's folders do. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emend büch erei-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
