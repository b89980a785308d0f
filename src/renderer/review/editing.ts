import type { Vec3 } from '../../shared/geometry/affine'
import type { Structure } from '../../shared/labels/schema'
import { growBox } from '../../shared/voxels/box'
import { floodFrom } from '../../shared/voxels/flood'
import type { Mask } from '../../shared/voxels/mask'
import type { Plane } from '../editor/brush'
import { editRules, type EditRules } from '../editor/editRules'
import { paintTable } from '../editor/editTable'
import { overwritePolicies } from '../editor/writable'
import type { OpenCase } from './openCase.svelte'
import type { Tools } from './tools.svelte'

/** The structure that edits stay inside of by the tools' policy; null where any place will do, or none is chosen. */
export function insideStructure(opened: OpenCase, tools: Tools): Structure | null {
  if (tools.overwrite !== 'inside') return null
  return opened.structures.find(({ name }) => name === tools.inside) ?? null
}

/** Goes to the next policy; to stay inside of a structure takes the one under the pointer, else the one chosen before. */
export function nextOverwrite(opened: OpenCase, tools: Tools, labelHere: number): void {
  tools.overwrite = overwritePolicies[(overwritePolicies.indexOf(tools.overwrite) + 1) % overwritePolicies.length]
  if (tools.overwrite !== 'inside') return
  const others = opened.structures.filter(({ name }) => name !== opened.active)
  const here = others.find(({ id }) => id === labelHere) ?? others.find(({ name }) => name === tools.inside)
  tools.inside = (here ?? others.at(0))?.name ?? null
}

/** What an edit of the active structure may do now. */
export function rulesOf(opened: OpenCase, tools: Tools): EditRules {
  const inside = insideStructure(opened, tools)?.id ?? 0
  return editRules(opened.activeStructure.id, { policy: tools.overwrite, inside }, opened.lockedValues)
}

/** Why the active structure cannot be edited now, in one line; null where it can. */
export function editObstacle(opened: OpenCase, tools: Tools): string | null {
  if (opened.paintObstacle !== null || tools.overwrite !== 'inside') return opened.paintObstacle
  const inside = insideStructure(opened, tools)
  if (!inside) return 'Choose the structure to stay inside'
  if (inside.name === opened.active) return `Choose another structure than ${inside.title} to stay inside`
  return opened.locked.has(inside.name) ? `${inside.title}, to stay inside, is locked` : null
}

export function beginStroke(opened: OpenCase, tools: Tools, at: Vec3, plane: Plane): void {
  if (editObstacle(opened, tools) !== null) return
  const rules = rulesOf(opened, tools)
  const erases = tools.active === 'eraser'
  opened.beginStroke(
    erases ? 'Erase' : 'Paint',
    {
      value: erases ? rules.under : rules.value,
      radiusMm: tools.radiusMm,
      plane: tools.sphere ? null : plane,
      writable: erases ? rules.own : rules.over,
      within: tools.limit === 'range' ? { image: opened.image, low: tools.range[0], high: tools.range[1] } : undefined,
      similarIn: tools.limit === 'similar' ? opened.image : undefined,
    },
    at,
  )
}

/** Adds a mask to the active structure or, with a tool that removes, takes it away; one command. */
export function editByMask(opened: OpenCase, tools: Tools, mask: Mask, verb: string): void {
  if (editObstacle(opened, tools) !== null) return
  const { value, under, own, over } = rulesOf(opened, tools)
  const { removes } = tools
  const delta = opened.editor.writeBlock(mask, paintTable(removes ? under : value, removes ? own : over))
  opened.commit(`${verb} ${opened.activeStructure.title}`, delta, [opened.active])
}

/**
 * Fills from a voxel what is connected to it and in the tool's range of HU, as far as the tool reaches; false where
 * the voxel itself is out of range or not to be changed.
 */
export function editRegion(opened: OpenCase, tools: Tools, at: Vec3): boolean {
  const { dims, spacing, image, editor } = opened
  const seed: Vec3 = [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])]
  const reach = (axis: 0 | 1 | 2): number => Math.ceil(tools.reachMm / spacing[axis])
  const around = { low: seed, high: [seed[0] + 1, seed[1] + 1, seed[2] + 1] } as const
  const rules = rulesOf(opened, tools)
  const mask = floodFrom(seed, image, editor.data, dims, {
    range: tools.range,
    enterable: tools.removes ? rules.own : rules.over,
    box: growBox(around, [reach(0), reach(1), reach(2)], dims),
  })
  if (mask) editByMask(opened, tools, mask, tools.removes ? 'Remove region of' : 'Region of')
  return mask !== null
}
