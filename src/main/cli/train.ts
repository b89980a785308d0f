import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { readDataset } from '../learning/dataset'
import { defaultSemi, type Recipe } from '../learning/recipe'
import { describeInherited } from '../learning/startingWeights'
import { train as trainModel, type TrainResult } from '../learning/train'
import { besidePseudo, type CaseSource } from '../learning/trainingData'
import { unlabelledImages } from '../learning/unlabelled'
import { loadModel } from '../segmentation/model'
import { learningChoices, learningHelp, learningOptions, modelName } from './learningOptions'
import { runChoices, runHelp, runOptions, sizeHelp } from './runOptions'
import { table } from './terminal'
import { parseVerb, type Verb } from './verb'

const foldOptions = { folds: { type: 'string' }, fold: { type: 'string' } } as const

export const train: Verb = {
  summary: 'a network from labelled images',
  usage:
    'train --data DIR --out DIR [--init DIR] [--recipe NAME|FILE.json] [--preset tiny|site|paper] [--steps N|--minutes N] [--pseudo DIR] [--unlabeled DIR] [--hold-out FILE] [--folds N --fold I] [--resume] [--json]',
  help: `Trains a network on a data set in nnU-Net's layout (imagesTr, labelsTr, dataset.json), of whatever labels, which may
say per case which structures are annotated, and writes it as a model folder that segment --model takes.

  --data DIR           the data set
  --out DIR            the model's folder; also the run's checkpoint, recipe and curve
  --init DIR           a model of Emend's to start from, or what pretrain wrote
  --recipe NAME|FILE   a recipe by name or a JSON file, or auto: planned from the data; what suits the label schema, without it
${sizeHelp}
${learningHelp}
  --folds N --fold I   cross-validation: the cases, but for the hold-out, are split into N parts by patient (as dataset.json has
                       them under patients) and by the seed; part I, from 1, is not learned from, and the model scored on it.
                       With the same seed the parts are the same; pseudo-label --model takes the models of all of them
  --pseudo DIR         a data set of pseudo-labels to learn from too; the labelled cases count as much as all of it
  --unlabeled DIR      images without labels to learn from too, by a mean teacher
  --name NAME          name of the model (the recipe's, without it)
${runHelp}`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      { ...runOptions, ...learningOptions, ...foldOptions, pseudo: { type: 'string' } },
      [],
    )
    const run = runChoices(values, terminal)
    const { folder, data, fold, recipe: chosen, structures } = await learningChoices(values, run, terminal)
    const recipe = withUnlabelled(chosen, values.unlabeled)
    const unlabelled = recipe.semi ? await unlabelledImages(values.unlabeled ?? folder) : []
    const name = modelName(values.name ?? (fold ? `${recipe.name}-fold-${fold.fold}` : recipe.name))

    const cases = await withPseudo(data.cases, values.pseudo, data.schema)
    const learned = structures ?? annotatedSomewhere(cases, data.schema)
    if (!structures && learned) terminal.note(`learns ${learned.join(', ')}: no case has anything else annotated`)

    const result = await trainModel(
      { ...data, cases, unlabelled },
      {
        ...run,
        device: await run.device(),
        recipe,
        identity: { name, version: 1, title: name, licence: 'unknown', attribution: `trained on ${folder}` },
        structures: learned,
        init: values.init,
        onUnknownMemory: (line) => terminal.note(line),
        coarse: values.coarse === undefined ? undefined : await loadModel(values.coarse),
        fold,
        onInherited: (inherited) => terminal.note(describeInherited(inherited)),
      },
      terminal.work(),
    )
    terminal.result(summaryOf(result), values.json, () => asText(result))
  },
}

/** The labelled cases, weighted to count as much as the pseudo-labelled ones beside them. */
async function withPseudo(cases: readonly CaseSource[], folder: string | undefined, schema: LabelSchema) {
  if (folder === undefined) return cases
  const pseudo = await readDataset(folder, { schema })
  return besidePseudo(cases, pseudo.cases)
}

/** What some case has annotated; undefined where that is the whole schema. */
function annotatedSomewhere(cases: readonly CaseSource[], { structures }: LabelSchema): string[] | undefined {
  const names = structures.map(({ name }) => name)
  const known = names.filter((name) => cases.some(({ annotated }) => annotated?.includes(name) ?? true))
  return known.length < names.length ? known : undefined
}

/** A recipe learns from images without labels where it says so, or where there are some. */
function withUnlabelled(recipe: Recipe, folder: string | undefined): Recipe {
  if (folder === undefined || recipe.semi) return recipe
  if (recipe.averageDecay === 0) {
    throw new EmendError(`the recipe ${recipe.name} keeps no average of the weights, which would be the teacher`, {
      hint: 'give it an averageDecay above 0',
    })
  }
  return { ...recipe, semi: defaultSemi }
}

function summaryOf({ folder, steps, seconds, loss, waitingShare, manifest, evaluation }: TrainResult) {
  return {
    folder,
    model: `${manifest.name}@${manifest.version}`,
    steps,
    seconds,
    loss,
    waitingShare,
    mean: evaluation?.mean ?? null,
  }
}

function asText({ folder, steps, seconds, loss, waitingShare, evaluation }: TrainResult): string {
  const scores = Object.entries(evaluation?.mean ?? {}).map(([name, { dsc, nsd }]) => [
    name,
    `DSC ${dsc.toFixed(3)}`,
    `NSD ${nsd.toFixed(3)}`,
  ])
  const line = `${folder}: ${steps} steps in ${(seconds / 60).toFixed(1)} min, loss ${loss.toFixed(3)}, ${(100 * waitingShare).toFixed(1)} % of it waiting for data. Not for clinical use.`
  return scores.length > 0 ? `${table(scores)}\n${line}` : line
}
