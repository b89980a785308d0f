import * as v from 'valibot'
import { windowPresets, type Window, type WindowPreset } from './windows'

const Kept = v.array(
  v.strictObject({
    id: v.string(),
    title: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
    level: v.number(),
    width: v.pipe(v.number(), v.minValue(1)),
  }),
)

const KEY = 'emend.windows'

/** The reader's own windows besides those that everybody has; remembered on this machine. */
export class WindowShelf {
  own = $state.raw<readonly WindowPreset[]>([])

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | undefined = globalThis.localStorage) {
    try {
      this.own = v.parse(Kept, JSON.parse(storage?.getItem(KEY) ?? '[]'))
    } catch {
      // What another version left there and this one cannot read is no reason not to start.
      this.own = []
    }
  }

  get all(): readonly WindowPreset[] {
    return [...windowPresets, ...this.own]
  }

  /** Keeps a window under a name; one of the same name is replaced. */
  keep(title: string, { level, width }: Window): void {
    const name = title.trim().slice(0, 40)
    if (name === '') return
    const preset = { id: `own-${name}`, title: name, level, width }
    this.store([...this.own.filter(({ id }) => id !== preset.id), preset])
  }

  remove(id: string): void {
    this.store(this.own.filter((preset) => preset.id !== id))
  }

  private store(own: readonly WindowPreset[]): void {
    this.own = own
    this.storage?.setItem(KEY, JSON.stringify(own))
  }
}
