import { EmendError } from '../../shared/errors'

/** A failure between us and an archive. */
export class ArchiveFault extends EmendError {
  /** Whether asking once more may help: the connection broke, or the server is busy. */
  readonly passing: boolean
  /** Of the HTTP answer, where there was one. */
  readonly status: number | null

  constructor(message: string, options: { hint?: string; cause?: unknown; passing?: boolean; status?: number } = {}) {
    super(message, options)
    this.passing = options.passing ?? false
    this.status = options.status ?? null
  }
}

const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|ERR_TLS_CERT|HOSTNAME_MISMATCH$)/

/** Codes of Node's network errors, and what they mean to people. `host` is host and port. */
function connectionReason(code: string, host: string): { why: string; hint?: string; passing?: boolean } {
  if (code === 'ECONNREFUSED') {
    return { why: `${host} refuses the connection`, hint: 'is the server running, and the port right?' }
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { why: `there is no host ${host.replace(/:\d+$/, '')}`, hint: 'check the address and the network' }
  }
  if (CERTIFICATE_CODES.test(code)) {
    return {
      why: `its certificate is not trusted (${code})`,
      hint: 'add the certificate of the site’s authority to NODE_EXTRA_CA_CERTS or to the system',
    }
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return { why: `${host} does not speak TLS`, hint: 'is it http instead of https, or another port?' }
  }
  if (/^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/.test(code)) return { why: `${host} does not answer in time`, passing: true }
  if (/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/.test(code)) return { why: `no way leads to ${host}`, passing: true }
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)) {
    return { why: `${host} broke off the connection`, passing: true }
  }
  if (code.startsWith('HPE_')) return { why: `what answers at ${host} does not speak HTTP` }
  return { why: `the connection with ${host} failed${code ? ` (${code})` : ''}`, passing: true }
}

/**
 * A failed connection as one line. @param server its name for people; `host` is its host and port
 */
export function connectionFault(server: string, host: string, error: unknown): ArchiveFault {
  if (error instanceof ArchiveFault) return error
  const { why, ...options } = connectionReason(codeOf(error), host)
  return new ArchiveFault(`${server}: ${why}`, { ...options, cause: error })
}

/** The code of an error or of whatever caused it, or that its message ends up with; '' where there is none. */
function codeOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // Several addresses of one host were tried: the first failure speaks for all.
  if (error instanceof AggregateError) return codeOf(error.errors[0], depth + 1)
  return codeOf(error.cause, depth + 1) || (/\bE[A-Z]{4,}\b/.exec(error.message)?.[0] ?? '')
}

/** An HTTP answer that is no success, as one line. @param what was asked for: 'this study' */
export function statusFault(server: string, status: number, what: string): ArchiveFault {
  const { why, hint } = statusReason(status, what)
  const passing = status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507)
  return new ArchiveFault(`${server}: ${why} (${status})`, { hint, passing, status })
}

function statusReason(status: number, what: string): { why: string; hint?: string } {
  if (status === 401) {
    return {
      why: 'it does not accept the user and password, or the token',
      hint: 'enter them anew in the server’s settings',
    }
  }
  if (status === 403) return { why: 'it knows you, but does not allow this', hint: 'ask its administrator' }
  if (status >= 300 && status < 400) {
    return { why: 'it sends us to another address', hint: 'enter that address in the server’s settings' }
  }
  if (status === 404) return { why: `it has no ${what}` }
  if (status === 406) return { why: `it cannot give ${what} as DICOM` }
  if (status === 413) return { why: 'what was sent is too large for it' }
  if (status === 415) return { why: 'it does not take this kind of data' }
  if (status === 429) return { why: 'it asks for a pause' }
  if (status === 405 || status === 501) return { why: 'it does not offer this' }
  if (status === 507) return { why: 'it is full' }
  return { why: status >= 500 ? 'it failed' : `it refused ${what}` }
}
