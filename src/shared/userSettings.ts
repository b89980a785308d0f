import * as v from 'valibot'

/**
 * What Emend remembers for one user of this machine, whichever library is open. What a name stands for (a layout, an
 * action) is the window's affair: a name that it does not know is left alone.
 */
const Name = v.pipe(v.string(), v.maxLength(80))
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const Millimetres = v.pipe(v.number(), v.minValue(0.1), v.maxValue(1000))
/** Width of a panel, rem. */
const Width = v.pipe(v.number(), v.minValue(10), v.maxValue(60))

const sections = {
  look: {
    place: Name,
    layout: Name,
    window: v.strictObject({ level: v.number(), width: v.pipe(v.number(), v.minValue(1)) }),
    maskOpacity: Share,
    surfaces: v.boolean(),
    crosshair: v.boolean(),
    /** The patient's right on the left of the screen. */
    radiological: v.boolean(),
    /** Planes that are not shown. */
    hidden: v.array(Name),
    /** The user's own windows, by name. */
    windows: v.pipe(
      v.array(
        v.strictObject({
          title: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
          level: v.number(),
          width: v.pipe(v.number(), v.minValue(1)),
        }),
      ),
      v.maxLength(100),
    ),
    colours: Name,
    /** Structures that are drawn as outlines only. */
    outlined: v.array(Name),
  },
  tools: {
    radiusMm: Millimetres,
    sphere: v.boolean(),
    overwrite: Name,
    limit: Name,
    pen: Name,
    range: v.strictTuple([v.number(), v.number()]),
    reachMm: Millimetres,
  },
  panels: { structures: Width, history: Width, historyShown: v.boolean() },
} as const

const Look = v.partial(v.strictObject(sections.look))
const ToolSettings = v.partial(v.strictObject(sections.tools))
const Panels = v.partial(v.strictObject(sections.panels))
const Shortcuts = v.array(Name)

export const UserSettings = v.strictObject({
  /** Shortcuts that the user changed, by the action's id; none for an action that has none any more. */
  keys: v.record(v.string(), Shortcuts),
  look: Look,
  tools: ToolSettings,
  panels: Panels,
})
export type UserSettings = v.InferOutput<typeof UserSettings>

export const noUserSettings: UserSettings = { keys: {}, look: {}, tools: {}, panels: {} }

/** The settings of a file with what is wrong in it, line by line; what is wrong is left out, the rest is taken. */
export function readUserSettings(file: unknown): { settings: UserSettings; faults: string[] } {
  const faults: string[] = []
  const objectAt = (value: unknown, name: string): Record<string, unknown> => {
    if (value === undefined) return {}
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    faults.push(`${name} is not what it should be`)
    return {}
  }
  const root = objectAt(file, 'the file')
  const known = new Set(['keys', ...Object.keys(sections)])
  faults.push(...Object.keys(root).flatMap((name) => (known.has(name) ? [] : [`there is no setting '${name}'`])))

  const keys: Record<string, string[]> = {}
  for (const [id, value] of Object.entries(objectAt(root['keys'], 'keys'))) {
    const shortcuts = v.safeParse(Shortcuts, value)
    if (shortcuts.success) keys[id] = shortcuts.output
    else faults.push(`keys.${id} is no list of shortcuts`)
  }
  const read = (section: keyof typeof sections): Record<string, unknown> => {
    const schemas: Readonly<Record<string, v.GenericSchema>> = sections[section]
    const taken: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(objectAt(root[section], section))) {
      const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined
      const parsed = schema && v.safeParse(schema, value)
      if (parsed?.success) taken[name] = parsed.output
      else faults.push(parsed ? `${section}.${name} cannot be ${JSON.stringify(value)}` : `there is no setting '${section}.${name}'`) // prettier-ignore
    }
    return taken
  }
  const settings = { keys, look: read('look'), tools: read('tools'), panels: read('panels') }
  return { settings: v.parse(UserSettings, settings), faults }
}
