import { join } from 'node:path'

/** Where everything lies in a library's folder. Other tools may read it; only Emend writes it. */
export const libraryPaths = {
  database: (root: string) => join(root, 'library.db'),
  /** Held locked by the process that owns the library while it is open. */
  lock: (root: string) => join(root, 'library.lock'),
  /** Who holds the lock, for the message that a second window shows. */
  lockHolder: (root: string) => join(root, 'library.lock.json'),
  /** Touched whenever a reader does something, so that a job in another process can give way. */
  activity: (root: string) => join(root, 'library.activity'),
  /** Whether imports are de-identified, and the secret behind their pseudonyms. */
  deidentification: (root: string) => join(root, 'deidentification.json'),
  /** Names and colours of structures that are not their schema's. */
  looks: (root: string) => join(root, 'looks.json'),
  cases: (root: string) => join(root, 'cases'),
  case: (root: string, id: string) => join(root, 'cases', id),
  image: (root: string, id: string) => join(root, 'cases', id, 'image.nii.gz'),
  source: (root: string, id: string) => join(root, 'cases', id, 'source.json'),
  /** Edits since the current revision, until they are saved as one. */
  journal: (root: string, id: string) => join(root, 'cases', id, 'journal'),
  /** Measurements and alignments: what a reader noted besides labels. */
  reading: (root: string, id: string) => join(root, 'cases', id, 'reading.json'),
  allLabels: (root: string, id: string) => join(root, 'cases', id, 'labels'),
  labels: (root: string, id: string, revision: string) => join(root, 'cases', id, 'labels', `${revision}.nii.gz`),
  /** How unsure the model was of a revision of its own. */
  uncertainty: (root: string, id: string, revision: string) =>
    join(root, 'cases', id, 'labels', `${revision}.uncertainty.gz`),
  /** Cases that were deleted, each as its folder was. */
  trash: (root: string) => join(root, 'trash'),
  trashed: (root: string, id: string) => join(root, 'trash', id),
  models: (root: string) => join(root, 'models'),
  model: (root: string, name: string, version: number) => join(root, 'models', name, String(version)),
  runs: (root: string) => join(root, 'runs'),
  run: (root: string, id: string) => join(root, 'runs', id),
} as const
