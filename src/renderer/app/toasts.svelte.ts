import { oneLine } from '../../shared/errors'
import type { EmendApi } from '../../shared/windowApi'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'good' | 'danger'
  readonly action?: { readonly text: string; readonly run: () => void }
}

/** Short messages that come and go at the window's edge; a failure stays until it is closed. */
export class Toasts {
  shown = $state.raw<readonly Toast[]>([])
  private nextId = 1

  say(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const toast: Toast = { id: this.nextId++, text, tone: options.tone ?? 'plain', action: options.action }
    const passing = this.shown.filter(({ tone }) => tone !== 'danger').slice(-3)
    this.shown = [...this.shown.filter((other) => other.tone === 'danger' || passing.includes(other)), toast]
    if (toast.tone !== 'danger') setTimeout(() => this.close(toast.id), toast.action ? 9000 : 4500)
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

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id)
  }

  /** Takes away the message that offers what cannot be done any more. */
  withdraw(action: Toast['action']): void {
    this.shown = this.shown.filter((toast) => action === undefined || toast.action !== action)
  }
}
