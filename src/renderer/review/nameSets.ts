/** Sets of structure names that are replaced, never changed, so that whoever shows them sees every change. */
export type NameSet = ReadonlySet<string>

export function nameSet(names: Iterable<string> = []): NameSet {
  return new Set(names)
}

export function withName(names: NameSet, name: string): NameSet {
  return new Set([...names, name])
}

export function withoutName(names: NameSet, name: string): NameSet {
  return new Set([...names].filter((other) => other !== name))
}

export function toggled(names: NameSet, name: string): NameSet {
  return names.has(name) ? withoutName(names, name) : withName(names, name)
}
