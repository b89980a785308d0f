import * as v from 'valibot'
import { join } from 'node:path'
import { writeFileAtomic } from '../imaging/atomicFile'
import { compareWithTeachers, type StudentReport } from '../learning/distill'
import { Distillation, forStudent } from '../learning/recipe'
import { train } from '../learning/train'
import { unlabelledImages } from '../learning/unlabelled'
import { loadModel } from '../segmentation/model'
import { learningChoices, learningHelp, learningOptions, modelName } from './learningOptions'
import { runChoices, runHelp, runOptions, sizeHelp } from './runOptions'
import { table } from './terminal'
import { listOf, parseVerb, positiveNumber, required, UsageError, type Verb } from './verb'

const distillOptions = {
  teacher: { type: 'string' },
  temperature: { type: 'string', default: '1,4' },
  'soft-weight': { type: 'string', default: '1' },
} as const

export const distill: Verb = {
  summary: 'a small network from larger ones',
  usage:
    'distill --teacher DIR[,DIR...] --data DIR --out DIR [--unlabeled DIR] [--recipe NAME|FILE.json] [--preset tiny|site|paper] [--steps N|--minutes N] [--temperature 1,4] [--hold-out FILE] [--resume] [--json]',
  help: `Trains a student by what its teachers say, softened by a temperature that rises over the run, and by labels where they
are known. Teachers are any models, made here or elsewhere; of several the mean is learned. With a hold-out it tells what the
student keeps of its teachers' DSC, and how much of their time it takes.

  --teacher DIR[,DIR]  the teachers
  --data DIR           labelled images; where a structure is not annotated, the teachers tell
  --unlabeled DIR      images without labels to learn from too
  --out DIR            the student's folder
  --recipe NAME|FILE   the student's recipe; what suits the label schema, without it
${sizeHelp}
  --temperature A,B    at the start and at the end (1,4 without it)
  --soft-weight W      of the teachers beside the labels (1, without it)
${learningHelp}
  --init DIR           a model of Emend's to start from
  --name NAME          name of the model (student, without it)
${runHelp}`,
  async run(args, terminal) {
    const { values } = parseVerb(args, { ...runOptions, ...learningOptions, ...distillOptions }, [])
    const run = runChoices(values, terminal)
    const { out, threads } = run
    const teachers = await Promise.all(listOf(required(values.teacher, 'teacher')).map((path) => loadModel(path)))
    const distillation = distillationOf(values.temperature, values['soft-weight'])
    const { folder, data, recipe, structures } = await learningChoices(values, run, terminal)
    const unlabelled = values.unlabeled === undefined ? [] : await unlabelledImages(values.unlabeled)
    const device = await run.device()
    const name = modelName(values.name ?? 'student')

    const trained = await train(
      { ...data, unlabelled },
      {
        ...run,
        device,
        recipe: forStudent(recipe, distillation),
        teachers,
        identity: { name, version: 1, title: name, licence: 'unknown', attribution: `distilled on ${folder}` },
        structures,
        init: values.init,
        onUnknownMemory: (line) => terminal.note(line),
        coarse: values.coarse === undefined ? undefined : await loadModel(values.coarse),
      },
      terminal.work(),
    )
    const { holdOut } = data
    const report = holdOut
      ? await compareWithTeachers(await loadModel(out), teachers, holdOut.cases, {
          device,
          threads,
          work: terminal.work(),
        })
      : null
    if (report) await writeFileAtomic(join(out, 'distillation.json'), `${JSON.stringify(report, null, 2)}\n`)
    const { steps, seconds, loss } = trained
    terminal.result({ folder: out, steps, seconds, loss, report }, values.json, asText)
  },
}

function distillationOf(temperature: string, softWeight: string): Distillation {
  const parts = listOf(temperature)
  if (parts.length !== 2) throw new UsageError(`--temperature ${temperature}: it is two numbers, 1,4`)
  const [first, last] = parts.map((part) => positiveNumber(part, 'temperature'))
  return v.parse(Distillation, {
    temperature: [first, last],
    softWeight: positiveNumber(softWeight, 'soft-weight'),
  })
}

interface Result {
  readonly folder: string
  readonly steps: number
  readonly seconds: number
  readonly loss: number
  readonly report: StudentReport | null
}

function asText({ folder, steps, seconds, loss, report }: Result): string {
  const line = `${folder}: ${steps} steps in ${(seconds / 60).toFixed(1)} min, loss ${loss.toFixed(3)}. Not for clinical use.`
  if (!report) return line
  const { dsc, seconds: time, cases } = report
  const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`
  const rows = [
    [`${cases} cases`, 'teachers', 'student', 'student of teachers'],
    ['DSC', dsc.teachers.toFixed(3), dsc.student.toFixed(3), percent(dsc.ratio)],
    ['seconds', time.teachers.toFixed(2), time.student.toFixed(2), percent(time.ratio)],
  ]
  return `${table(rows, [1, 2, 3])}\n${line}`
}
