import { sameLook, titleObstacle, withLooks, type Looks, type StructureLook } from '../../shared/labels/looks'
import type { LabelSchema } from '../../shared/labels/schema'
import type { LookChange } from '../editor/history'

/** What the structures of a case are called and how they are coloured: as the library has it, and as the reader changed it. */
export class CaseLooks {
  private current = $state.raw<Looks>({})
  private saved = $state.raw<Looks>({})

  constructor(looks: Looks) {
    this.current = this.saved = looks
  }

  schema(schema: LabelSchema): LabelSchema {
    return withLooks(schema, this.current)
  }

  /** The change that gives a structure a name and a colour, and what it is called in the history; or why it cannot be. */
  planned(
    structure: string,
    look: StructureLook,
  ): { title: string; changes: readonly LookChange[]; obstacle: string | null } {
    const before = this.current[structure]
    const after = { title: look.title.trim(), color: look.color }
    const obstacle = titleObstacle(structure, after.title, this.current)
    const title = before.title === after.title ? `Colour of ${after.title}` : `Rename ${before.title} to ${after.title}`
    return { title, changes: sameLook(before, after) ? [] : [{ structure, before, after }], obstacle }
  }

  apply(changes: readonly LookChange[], direction: 'forward' | 'back'): void {
    if (changes.length === 0) return
    const made = changes.map(({ structure, before, after }) => [structure, direction === 'forward' ? after : before])
    this.current = { ...this.current, ...(Object.fromEntries(made) as Looks) }
  }

  get unsaved(): Record<string, StructureLook> {
    const changed = Object.entries(this.current).filter(([name, look]) => !sameLook(look, this.saved[name] ?? look))
    return Object.fromEntries(changed)
  }

  get areSaved(): boolean {
    return Object.keys(this.unsaved).length === 0
  }

  markSaved(looks: Looks): void {
    this.saved = { ...this.saved, ...looks }
  }
}
