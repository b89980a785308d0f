import { oneLine } from '../../shared/errors'
import type { EmendApi } from '../../shared/windowApi'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'good' | 'warning' | 'danger'
  readonly action?: { readonly text: string; readonly run: () => void }
}

/** What somebody has to see stays until it is closed: it may come while nobody looks. */
const stays = ({ tone }: Toast): boolean => tone === 'danger' || tone === 'warning'

/** Short messages that come and go at the window's edge; failures and warnings stay. */
export class Toasts {
  shown = $state.raw<readonly Toast[]>([])
  private nextId = 1

  say(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const toast: Toast = { id: this.nextId++, text, tone: options.tone ?? 'plain', action: options.action }
    const passing = this.shown.filter((other) => !stays(other)).slice(-3)
    this.shown = [...this.shown.filter((other) => stays(other) || passing.includes(other)), toast]
    if (!stays(toast)) setTimeout(() => this.close(toast.id), toast.action ? 9000 : 4500)
  }

  fail(error: unknown): void {
    const line = oneLine(error)
    if (this.shown.some((toast) => toast.text === line)) return
    this.say(line, { tone: 'danger' })
  }

  /** Does something, and shows why where it fails. @returns whether it was done */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  /** A file was written, and can be shown where it lies. */
  wrote(path: string, api: Pick<EmendApi, 'reveal'>): void {
    const run = (): void => void this.attempt(() => api.reveal({ path }))
    this.say(`Exported to ${path}`, { tone: 'good', action: { text: 'Show file', run } })
  }

  /** Does what a message offers; one that stays has been heard then. */
  act(toast: Toast): void {
    if (stays(toast)) this.close(toast.id)
    toast.action?.run()
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id)
  }

  /** Takes away the message that offers what cannot be done any more. */
  withdraw(action: Toast['action']): void {
    this.shown = this.shown.filter((toast) => action === undefined || toast.action !== action)
  }
}
