import { unwatched, type Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { offeredStructures, type Model } from '../segmentation/model'
import { openNetwork, type Network } from '../segmentation/network'
import { segment } from '../segmentation/segment'
import { evaluateCase } from './metrics/evaluateCase'
import { answerOf } from './pseudoLabels/answerOf'
import { joinAnswers } from './pseudoLabels/jointAnswer'
import type { CaseSource } from './trainingData'

/** A student beside its teachers, on cases that neither was trained on. */
export interface StudentReport {
  readonly cases: number
  /** Mean DSC over the structures that both do, by case, then over the cases. */
  readonly dsc: { readonly teachers: number; readonly student: number; readonly ratio: number }
  /** Seconds a case, networks open, image read; the teachers' is the sum of theirs. */
  readonly seconds: { readonly teachers: number; readonly student: number; readonly ratio: number }
}

/**
 * What a student keeps of its teachers' DSC, and what of their time it takes: every case by all of them, one after the
 * other in this process, so that both see the same load of the machine. The teachers' labels are their vote.
 */
export async function compareWithTeachers(
  student: Model,
  teachers: readonly Model[],
  cases: readonly CaseSource[],
  options: { readonly device?: Device; readonly threads?: number; readonly work?: Work } = {},
): Promise<StudentReport> {
  const work = options.work ?? unwatched
  const quiet: Work = { report: () => undefined, signal: work.signal }
  const networks: Network[] = []
  for (const model of [student, ...teachers]) networks.push(await openNetwork(model, options))
  const taught = new Set(teachers.flatMap((model) => offeredStructures(model).map((s) => s.name)))
  const shared = offeredStructures(student).flatMap(({ name }) => (taught.has(name) ? [name] : []))
  const sums = { teacherDsc: 0, studentDsc: 0, teacherSeconds: 0, studentSeconds: 0 }
  try {
    for (const [done, source] of cases.entries()) {
      work.signal.throwIfAborted()
      work.report({ phase: 'comparing with the teachers', done, total: cases.length })
      const { image, labels } = await source.load()
      const annotated = shared.filter((name) => source.annotated === null || source.annotated.includes(name))
      const dscOf = (data: Uint8Array): number => {
        const { scores } = evaluateCase(labels, { ...labels, data }, student.schema, { name: source.id, annotated })
        return annotated.reduce((sum, name) => sum + scores[name].dsc, 0) / Math.max(1, annotated.length)
      }
      const studentBegan = performance.now()
      const ours = (await segment(image, student, { network: networks[0], work: quiet })).labels.data
      const teachersBegan = performance.now()
      for (const [n, teacher] of teachers.entries()) {
        await segment(image, teacher, { network: networks[n + 1], work: quiet })
      }
      const ended = performance.now()
      sums.studentSeconds += (teachersBegan - studentBegan) / 1000
      sums.teacherSeconds += (ended - teachersBegan) / 1000
      const answers = []
      for (const [n, teacher] of teachers.entries()) {
        answers.push(await answerOf(image, teacher, networks[n + 1], student.schema, work.signal))
      }
      sums.studentDsc += dscOf(ours)
      sums.teacherDsc += dscOf(joinAnswers(answers, student.schema).labels)
    }
  } finally {
    for (const network of networks) await network.close()
  }
  const each = (teachersSum: number, studentSum: number) => ({
    teachers: teachersSum / cases.length,
    student: studentSum / cases.length,
    ratio: studentSum / teachersSum,
  })
  return {
    cases: cases.length,
    dsc: each(sums.teacherDsc, sums.studentDsc),
    seconds: each(sums.teacherSeconds, sums.studentSeconds),
  }
}
