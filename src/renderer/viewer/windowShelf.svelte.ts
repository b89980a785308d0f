import { windowPresets, type Window, type WindowPreset } from './windows'

/** A name has this many characters at most. */
const longest = 40

/** The reader's own windows besides those that everybody has; remembered with the other settings. */
export class WindowShelf {
  own = $state.raw<readonly WindowPreset[]>([])

  get all(): readonly WindowPreset[] {
    return [...windowPresets, ...this.own]
  }

  /** Keeps a window under a name; one of the same name is replaced. */
  keep(title: string, { level, width }: Window): void {
    const name = title.trim().slice(0, longest)
    if (name === '') return
    const preset = { id: `own-${name}`, title: name, level, width }
    this.own = [...this.own.filter(({ id }) => id !== preset.id), preset]
  }

  remove(id: string): void {
    this.own = this.own.filter((preset) => preset.id !== id)
  }
}
