import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fittedFrame, keepFrame, readFrame } from '../../src/main/windowFrame'

const screen = { x: 0, y: 0, width: 1920, height: 1080 }
const frame = { x: 100, y: 50, width: 1600, height: 1000, maximised: false }

it('is the same at the next start, and none where the file is damaged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emend-frame-'))
  const path = join(folder, 'config', 'window.json')
  expect(readFrame(path)).toBeNull()
  keepFrame(path, frame)
  expect(readFrame(path)).toEqual(frame)
  writeFileSync(path, '{"x": 1}')
  expect(readFrame(path)).toBeNull()
  rmSync(folder, { recursive: true })
})

it('stays where it can be seen, and comes back from a screen that is gone', () => {
  expect(fittedFrame(frame, [screen])).toEqual({ x: 100, y: 50, width: 1600, height: 1000 })
  expect(fittedFrame({ ...frame, x: 2500 }, [screen])).toEqual({ width: 1600, height: 1000 })
  expect(fittedFrame({ ...frame, x: 2500 }, [screen, { ...screen, x: 1920 }])).toMatchObject({ x: 2500 })
  expect(fittedFrame({ ...frame, width: 4000, height: 3000 }, [screen])).toMatchObject({ width: 1920, height: 1080 })
})
