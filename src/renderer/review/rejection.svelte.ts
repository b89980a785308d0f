import { commonRejectReasons } from '../../shared/review'
import type { EmendApi } from '../../shared/windowApi'

/** The question why a structure is rejected, while it is asked. */
export class Rejection {
  /** The structure that is to be rejected; null while none is. */
  asked = $state<string | null>(null)
  /** Those that one key gives, the reader's own last ones first. */
  reasons = $state.raw<readonly string[]>(commonRejectReasons)

  constructor(private readonly api: EmendApi) {}

  /** Asks once the reasons are there, so that no key means another one than the reader saw. */
  async ask(structure: string): Promise<void> {
    this.reasons = await this.api.rejectReasons().catch(() => this.reasons)
    this.asked = structure
  }
}
