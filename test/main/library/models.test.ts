import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import {
  addModel,
  currentModel,
  listModels,
  modelReference,
  registerBuiltInModel,
  registerModel,
  useModel,
} from '../../../src/main/library/models'
import { setMember } from '../../../src/main/library/members'
import { libraryPaths } from '../../../src/main/library/paths'
import { librarySchema, schemaNames } from '../../../src/main/library/structures'
import { temporaryFolder } from '../../temporaryFolder'
import { modelFolder, temporaryLibrary } from './fixtures'

const promoted = { promoted: true, verdict: 'liver +0.02' }

describe('registerModel', () => {
  it('copies a model as the next version, never over another, and makes it current', async () => {
    const library = temporaryLibrary()
    const first = await registerModel(library, modelFolder({ network: 'one' }), promoted)
    const second = await registerModel(library, modelFolder({ network: 'two' }), promoted)
    expect([first, second].map(modelReference)).toEqual(['flare@1', 'flare@2'])
    expect(readFileSync(join(first.folder, 'network.onnx'), 'utf8')).toBe('one')
    expect(readFileSync(join(second.folder, 'network.onnx'), 'utf8')).toBe('two')
    expect(JSON.parse(readFileSync(join(second.folder, 'model.json'), 'utf8'))).toMatchObject({ version: 2 })
    expect(currentModel(library)).toEqual(second)
    expect(readdirSync(join(libraryPaths.models(library.root), 'flare')).sort()).toEqual(['1', '2'])
  })

  it('keeps a version that the gate refused, with the reason, and leaves the current one', async () => {
    const library = temporaryLibrary()
    const first = await registerModel(library, modelFolder(), promoted)
    await registerModel(library, modelFolder(), { promoted: false, verdict: 'spleen 0.03 worse' })
    expect(currentModel(library)).toEqual(first)
    expect(listModels(library)).toMatchObject([
      { version: 2, state: 'kept-out', verdict: 'spleen 0.03 worse' },
      { version: 1, state: 'current', scores: { liver: { dsc: 0.9, nsd: null, cases: 3 } } },
    ])
  })

  it('does not reuse the number of a folder that a kill left without a row', async () => {
    const library = temporaryLibrary()
    const orphan = libraryPaths.model(library.root, 'flare', 7)
    mkdirSync(orphan, { recursive: true })
    const registered = await registerModel(library, modelFolder(), promoted)
    expect(registered.version).toBe(8)
    expect(existsSync(orphan)).toBe(true)
  })

  it('leaves out what a kill left half-written beside the network', async () => {
    const folder = modelFolder()
    mkdirSync(join(folder, 'examples'))
    for (const name of ['.curve.json.3.tmp', 'examples/.1.json.4.tmp', 'examples/1.json']) {
      writeFileSync(join(folder, name), '{}')
    }
    const { folder: placed } = await registerModel(temporaryLibrary(), folder, promoted)
    expect(readdirSync(placed, { recursive: true }).sort()).toEqual([
      'examples',
      'examples/1.json',
      'model.json',
      'network.onnx',
    ])
  })

  it('says what is wrong with a folder that holds no model', async () => {
    const folder = temporaryFolder()
    await expect(registerModel(temporaryLibrary(), folder, promoted)).rejects.toThrow('does not describe a model')
  })
})

describe('addModel', () => {
  it('takes in a network made elsewhere with its manifest, and leaves the current model in use', async () => {
    const library = temporaryLibrary()
    const first = await registerModel(library, modelFolder({ network: 'one' }), promoted)
    const foreign = modelFolder({ network: 'two' })
    const manifest = { ...(JSON.parse(readFileSync(join(foreign, 'model.json'), 'utf8')) as object), name: 'teacher' }
    rmSync(join(foreign, 'model.json'))
    const model = { manifest, schema: librarySchema(library, 'flare23') }
    const added = await addModel(library, foreign, model)
    expect(modelReference(added)).toBe('teacher@1')
    expect(JSON.parse(readFileSync(join(added.folder, 'model.json'), 'utf8'))).toMatchObject({ name: 'teacher' })
    expect(currentModel(library)).toEqual(first)
    await expect(addModel(library, foreign, model)).rejects.toThrow('has the model in')
  })

  it('is for administrators where roles are on, and a refusal leaves no structures behind', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    setMember(library, 'anna', 'administrator')
    const folder = modelFolder()
    const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { name: string }
    const { structures } = librarySchema(library, 'flare23')
    const model = { manifest, schema: { name: 'knee', title: 'Knee', structures: structures.slice(0, 1) } }
    await expect(addModel({ ...library, user: 'bert' }, folder, model)).rejects.toThrow('bert may not add a model')
    expect(listAudit(library)[0]).toMatchObject({ who: 'bert', action: 'refused' })
    expect(schemaNames(library)).not.toContain('knee')
    await addModel(library, folder, model)
    expect([schemaNames(library).includes('knee'), listModels(library).length]).toEqual([true, 1])
  })
})

describe('useModel', () => {
  it('rolls back to an older version and forth again', async () => {
    const library = temporaryLibrary()
    await registerModel(library, modelFolder(), promoted)
    await registerModel(library, modelFolder(), promoted)
    useModel(library, 'flare', 1, 'rolled back')
    expect(listModels(library).map((row) => row.state)).toEqual(['available', 'current'])
    useModel(library, 'flare', 2, 'chosen')
    expect(listModels(library).map((row) => row.state)).toEqual(['current', 'available'])
  })

  it('refuses a version that is not there', () => {
    expect(() => useModel(temporaryLibrary(), 'flare', 3, 'chosen')).toThrow('no model flare@3')
  })
})

describe('registerBuiltInModel', () => {
  it('registers the app’s model once and makes it current only where no model is', async () => {
    const library = temporaryLibrary()
    const folder = modelFolder({ network: 'built in' })
    expect(await registerBuiltInModel(library, folder)).toMatchObject({ version: 1 })
    expect(currentModel(library)).toMatchObject({ version: 1 })
    expect(await registerBuiltInModel(library, folder)).toBeNull()

    await registerModel(library, modelFolder({ network: 'learned here' }), promoted)
    await registerBuiltInModel(library, modelFolder({ network: 'of the next release' }))
    expect(currentModel(library)).toMatchObject({ version: 2 })
    expect(listModels(library).map((row) => row.state)).toEqual(['available', 'current', 'available'])
  })
})
