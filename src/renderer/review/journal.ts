import { SCHEME } from '../../shared/contract'
import { packFrames, unpackFrames } from '../../shared/frames'
import { others } from '../editor/breath'
import { decodeEdit, encodeEdit } from '../editor/editCodec'
import type { Command } from '../editor/history'

/**
 * Keeps every edit of a case on the disk until it is part of a revision. Writes go one after the other in the order of
 * the edits; a write that fails is told once, and the edits stay in memory as before.
 */
export class Journal {
  private queue: Promise<void> = Promise.resolve()
  private isBroken = false
  /** Whether it holds anything, or will when its turn has come. */
  holdsEdits = false
  /** Edits whose turn to be written has not come yet: they go together. */
  private waiting: { readonly parent: string | null; readonly edits: Uint8Array[] } | null = null

  constructor(
    private readonly caseId: string,
    private readonly onfail: (error: unknown) => void,
  ) {}

  /** The edits that an earlier session left unsaved, in their order. */
  async read(): Promise<Command[]> {
    const response = await fetch(this.url(null))
    if (response.status === 204) return []
    if (!response.ok) throw new Error((await response.text()).trim())
    this.holdsEdits = true
    return unpackFrames(new Uint8Array(await response.arrayBuffer())).map(decodeEdit)
  }

  add(parent: string | null, commands: readonly Command[]): void {
    const edits = commands.map(encodeEdit)
    this.holdsEdits = true
    if (this.waiting?.parent === parent) {
      this.waiting.edits.push(...edits)
      return
    }
    const batch = { parent, edits }
    this.waiting = batch
    this.next(() => {
      if (this.waiting === batch) this.waiting = null
      return this.send('POST', parent, packFrames(batch.edits))
    })
  }

  /** A save has ended: only what was done since is still unsaved. */
  replace(parent: string | null, commands: readonly Command[]): void {
    const body = packFrames(commands.map(encodeEdit))
    this.waiting = null
    this.holdsEdits = commands.length > 0
    this.next(() => this.send('PUT', parent, body))
  }

  /** Resolves when all that was done so far is on the disk. */
  settled(): Promise<void> {
    return this.queue
  }

  private next(write: () => Promise<void>): void {
    // An edit is shown before it is written down.
    const turn = this.queue.then(others)
    this.queue = turn.then(write).catch((error: unknown) => {
      if (!this.isBroken) this.onfail(error)
      this.isBroken = true
    })
  }

  private async send(method: 'POST' | 'PUT', parent: string | null, body: Uint8Array<ArrayBuffer>): Promise<void> {
    // Electron fails on a body that is there and empty.
    const content = body.length > 0 ? body : undefined
    const response = await fetch(this.url(parent), { method, body: content })
    if (!response.ok) throw new Error((await response.text()).trim() || `the library answered ${response.status}`)
    this.isBroken = false
  }

  private url(parent: string | null): string {
    const query = parent === null ? '' : `?${new URLSearchParams({ parent })}`
    return `${SCHEME}://library/cases/${encodeURIComponent(this.caseId)}/journal${query}`
  }
}
