import type { Archive } from './archive'
import { DicomwebArchive } from './dicomweb'
import type { OpenServer } from './servers'

/** The archive behind a server, by the protocol that it speaks. */
export function openArchive({ server, secret }: OpenServer): Archive {
  return new DicomwebArchive(server.name, server.endpoint, secret)
}
