import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { schemaNamed } from '../src/shared/labels/builtin'
import { reviewStatuses } from '../src/shared/labels/status'
import { seededRandom } from '../src/shared/random'
import { openLibrary, type Library } from '../src/main/library/library'
import { libraryPaths } from '../src/main/library/paths'

/** An image that stands for those of all cases, and its grid. */
export interface SharedImage {
  readonly path: string
  readonly dims: readonly number[]
  readonly affine: readonly (readonly number[])[]
}

/** Adds cases as imports, two models and three readers would have left them; without an image their files are empty. */
export function manyCases(root: string, count: number, image?: SharedImage): void {
  const library = openLibrary(root)
  const random = seededRandom(5)
  const { structures } = schemaNamed('flare23')
  library.database.transaction(() => {
    for (let n = 0; n < count; n++) fillCase(library, n, random, structures, image)
  })
  library.close()
}

function fillCase(
  { database, root }: Library,
  n: number,
  random: ReturnType<typeof seededRandom>,
  structures: readonly { readonly name: string }[],
  image?: SharedImage,
): void {
  const id = n.toString(16).padStart(12, '0')
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1_200_000).toISOString()
  const reader = ['anna', 'bert', 'clara'][random.int(3)]
  const statuses = Object.fromEntries(structures.map(({ name }) => [name, reviewStatuses[random.int(5)]]))
  database.run(
    `INSERT INTO cases (id, content_hash, title, modality, description, dims, affine, schema, warnings, imported_at,
       imported_by, reader, statuses, changed_at, doubt, disagreement, score)
     VALUES (?, ?, ?, 'CT', 'Abdomen, portal venous', ?, ?, 'flare23', '[]', ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    `${id}-hash`,
    `Abdomen, ${n % 2 ? 'portal' : 'arterial'} venous · ${id.slice(-4)}`,
    JSON.stringify(image?.dims ?? [512, 512, 300]),
    JSON.stringify(image?.affine ?? [[0.7, 0, 0, -180], [0, 0.7, 0, -180], [0, 0, 1, 0]]), // prettier-ignore
    at,
    reader,
    reader,
    JSON.stringify(statuses),
    at,
    random.next(),
    random.next(),
    random.next(),
  )
  mkdirSync(libraryPaths.allLabels(root, id), { recursive: true })
  if (image) linkSync(image.path, libraryPaths.image(root, id))
  else writeFileSync(libraryPaths.image(root, id), '')
  writeFileSync(libraryPaths.source(root, id), '{}')
  for (const version of [2, 3]) {
    const revision = `${id}${version}`
    database.run(
      `INSERT INTO revisions (id, case_id, author, origin, model, statuses, edited, sha256, created_at)
       VALUES (?, ?, ?, 'model', ?, '{}', '[]', '', ?)`,
      revision,
      id,
      reader,
      `flare@${version}`,
      at,
    )
    writeFileSync(libraryPaths.labels(root, id, revision), '')
  }
  database.run('UPDATE cases SET revision = ? WHERE id = ?', `${id}3`, id)
  for (const { name } of structures) {
    if (statuses[name] !== 'unreviewed') {
      database.run(
        'INSERT INTO reviews (case_id, revision, structure, status, author, at) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        `${id}3`,
        name,
        statuses[name],
        reader,
        new Date(Date.parse(at) + 60_000).toISOString(),
      )
    }
    database.run(
      'INSERT INTO findings VALUES (?, ?, ?, ?, ?)',
      id,
      name,
      random.next() * 1500,
      random.next(),
      random.next(),
    )
  }
  if (n % 10 === 0) {
    database.run(
      "INSERT INTO notes (case_id, kind, text, author, at) VALUES (?, ?, 'see the duodenum', ?, ?)",
      id,
      n % 20 ? 'comment' : 'flag',
      reader,
      at,
    )
  }
}
