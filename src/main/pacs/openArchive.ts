import type { Archive } from './archive'
import { DicomwebArchive } from './dicomweb'
import { DimseArchive } from './dimse'
import type { OpenServer } from './servers'

/** The archive behind a server, by the protocol that it speaks. */
export function openArchive({ server, secret }: OpenServer): Archive {
  const { name, endpoint } = server
  return endpoint.protocol === 'dimse' ? new DimseArchive(name, endpoint) : new DicomwebArchive(name, endpoint, secret)
}
