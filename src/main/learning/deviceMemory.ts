import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Device } from '../graph/session'

/**
 * Bytes that a device has free for a run; null where nothing tells. The CPU's are this process's own, and Core ML computes in
 * the same memory; of CUDA's first device the driver's own tool tells. ONNX Runtime itself tells of none.
 */
export async function freeMemoryOf(device: Device): Promise<number | null> {
  if (device === 'cpu' || device === 'coreml') return process.availableMemory()
  if (device !== 'cuda') return null
  const query = ['--query-gpu=memory.free', '--format=csv,noheader,nounits', '--id=0']
  const answer = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 }).catch(() => null)
  return answer ? freeBytesIn(answer.stdout) : null
}

/** What `nvidia-smi` answers, MiB in a line, as bytes; null where it is no number. */
export function freeBytesIn(answer: string): number | null {
  const mebibytes = /^\s*(\d+)\s*$/m.exec(answer)
  return mebibytes ? Number(mebibytes[1]) * 2 ** 20 : null
}

/** Where a run's memory cannot be compared with anything: what it will probably take, in one line. */
export const unknownMemory = (bytes: number, device: Device): string =>
  `predicted ${Math.round(bytes / 2 ** 20)} MB; the memory of ${device} is not known`
