import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../../src/main/library/database'
import { EmendError } from '../../../src/shared/errors'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emend-database-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('says in one line that it is closed to whoever asks later, also where it was asked the same before', () => {
  const database = openDatabase(join(folder, 'library.db'))
  expect(database.get('SELECT 1 AS one')).toEqual({ one: 1 })
  database.close()
  const asking = [
    () => database.get('SELECT 1 AS one'),
    () => database.run('CREATE TABLE things (name TEXT)'),
    () => database.transaction(() => 1),
  ]
  for (const ask of asking) {
    expect(ask).toThrow(EmendError)
    expect(ask).toThrow('the library is closed')
  }
})

it('takes back all of a transaction that fails', () => {
  const database = openDatabase(join(folder, 'library.db'))
  database.run('CREATE TABLE things (name TEXT)')
  const adding = (): never =>
    database.transaction(() => {
      database.run('INSERT INTO things VALUES (?)', 'one')
      throw new RangeError('no more')
    })
  expect(adding).toThrow('no more')
  expect(database.all('SELECT * FROM things')).toEqual([])
  database.close()
})

it('gives rows as tuples in their order, reals with 15 digits', () => {
  const path = join(folder, 'library.db')
  const database = openDatabase(path)
  database.script('CREATE TABLE figures (name TEXT, value REAL) STRICT')
  const rows: [string, number | null][] = [
    ['a "quoted" one', 0.125],
    ['é, "', null],
    ['third', 1 / 3],
  ]
  for (const [name, value] of rows) database.run('INSERT INTO figures VALUES (?, ?)', name, value)
  expect(database.tuples(['value', 'name'], 'SELECT * FROM figures ORDER BY name DESC')).toEqual([
    [null, rows[1][0]],
    [0.333333333333333, 'third'],
    [0.125, rows[0][0]],
  ])
  expect(database.tuples(['name'], 'SELECT name FROM figures WHERE value > ?', 0.31)).toEqual([['third']])
  expect(database.tuples(['name'], 'SELECT name FROM figures WHERE value > 1')).toEqual([])
  database.close()
})
