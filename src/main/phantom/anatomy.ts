import { makeBowel } from './bowel'
import type { Field } from './field'
import { makeKidneys } from './kidneys'
import { idOf } from './labels'
import { makeLesions } from './lesions'
import { makeGallbladder, makeLiver } from './liver'
import { makeMuscles, makeWall } from './muscles'
import { makePancreas } from './pancreas'
import type { Patient } from './patient'
import { makeSkeleton } from './skeleton'
import { makeSpleen } from './spleen'
import { makeStomach } from './stomach'
import { makeThorax } from './thorax'
import { makePalette, type Part } from './tissue'
import { makeTrunk } from './trunk'
import { arterialBlood, cavalBlood, makeVessels } from './vessels'

/**
 * All of a patient's parts in the order in which they are painted. What comes earlier in the making keeps its place and
 * what comes later gives way: each organ is carved by those before it, so no two overlap.
 */
export function makeAnatomy(patient: Patient, mostLesions?: number): Part[] {
  const palette = makePalette(patient.random.fork('palette'), patient.phase)
  const trunk = makeTrunk(patient)
  const skeleton = makeSkeleton(patient, palette, trunk)
  const vessels = makeVessels(patient, palette)
  const kidneys = makeKidneys(patient, palette, trunk)
  const gallbladder = makeGallbladder(patient, palette)
  const retroperitoneal: (readonly [Field, number])[] = [
    [vessels.aorta, 2],
    [vessels.cava, 1.5],
    [kidneys.left, 2.5],
    [kidneys.right, 2.5],
    [kidneys.leftAdrenal, 2],
    [kidneys.rightAdrenal, 2],
    [skeleton.spine, 3],
  ]
  const deep = makePancreas(patient, palette, [...retroperitoneal, [vessels.portal, 0.6], [gallbladder.field, 1]])
  const behindStomach: (readonly [Field, number])[] = [
    ...retroperitoneal,
    [deep.pancreas, 1.5],
    [deep.duodenum, 0.8],
    [gallbladder.field, 1.2],
  ]
  const gut = makeStomach(patient, palette, trunk, behindStomach)
  const spleen = makeSpleen(patient, palette, trunk, [
    [gut.stomach, 1.5],
    [kidneys.left, 2.5],
    [kidneys.leftAdrenal, 2],
    [deep.pancreas, 1.2],
  ])
  const liver = makeLiver(patient, palette, trunk, vessels, [
    [kidneys.right, 4],
    [kidneys.fat[0].field, -4],
    [kidneys.rightAdrenal, 1.6],
    [gallbladder.field, 0.4],
    [vessels.cava, 0.5],
    [gut.stomach, 1.5],
    [gut.esophagus, 1.5],
    [deep.duodenum, 1.5],
    [deep.pancreas, 2],
    [spleen.field, 2],
    [skeleton.spine, 3],
  ])
  const bowel = makeBowel(patient, palette, trunk, [
    [liver.field, 1.2],
    [gallbladder.field, 1.2],
    [gut.stomach, 1.2],
    [spleen.field, 1.5],
    [deep.duodenum, 1],
    [deep.pancreas, 2],
    [kidneys.left, 7],
    [kidneys.right, 7],
    [vessels.aorta, 3],
    [vessels.cava, 3],
    [vessels.portal, 1],
  ])
  const lesions = makeLesions(
    patient,
    palette,
    { liver: liver.field, 'right-kidney': kidneys.right, 'left-kidney': kidneys.left, pancreas: deep.pancreas },
    mostLesions,
  )
  const coat = { mm: 1, hu: palette.fat }
  return [
    ...makeWall(patient, palette, trunk),
    ...kidneys.fat,
    ...makeThorax(patient, palette, trunk),
    ...makeMuscles(patient, palette),
    ...skeleton.parts,
    ...bowel,
    ...vessels.parts,
    ...kidneys.parts,
    ...liver.parts,
    { field: vessels.aorta, label: idOf('aorta'), tissue: arterialBlood(patient, palette), coat },
    { field: vessels.cava, label: idOf('inferior-vena-cava'), tissue: cavalBlood(patient, palette) },
    spleen.part,
    ...deep.parts,
    ...gut.parts,
    gallbladder.part,
    ...lesions,
  ]
}
