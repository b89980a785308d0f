import { EmendError } from '../../shared/errors'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EISDIR: 'it is a folder',
  EIO: 'the disk fails',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
}

/** Why a file or folder at `path` could not be read, as one line. */
export function readFault(path: string, cause: unknown): EmendError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const why = Object.hasOwn(reasons, code) ? reasons[code] : cause instanceof Error ? cause.message : String(cause)
  return new EmendError(`${path} cannot be read: ${why}`, { cause })
}
