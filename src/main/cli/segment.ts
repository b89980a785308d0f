import { userInfo } from 'node:os'
import { writeFileAtomic } from '../imaging/atomicFile'
import type { ImportedVolume } from '../imaging/import/result'
import type { LabelledImage, LabelledStructure } from '../imaging/labelledImage'
import { saveNifti } from '../imaging/nifti'
import type { LabelMap } from '../imaging/volume'
import { Mirror } from '../segmentation/manifest'
import { loadModel, modelId, offeredStructures, type Model } from '../segmentation/model'
import { peakMemoryMB, segment as segmentVolume, type SegmentationReport } from '../segmentation/segment'
import { defaultModelFolder } from './defaultModel'
import { chooseDevice, DEVICES } from './devices'
import { requireSource, writeLabels } from '../jobs/labelWriters'
import { formatHelp, labelFormatOf } from './labelFormat'
import { requireWritable } from './outputFile'
import { readImage } from './readImage'
import { table } from './terminal'
import { oneOf, parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

const MIRRORS = Mirror.options

export const segment: Verb = {
  summary: 'masks of the organs in a CT',
  usage:
    'segment PATH --out FILE [--format FORMAT] [--model DIR] [--coarse DIR] [--crop body|none] [--step SHARE] [--indicators] [--mirror PAIRS] [--device auto|cpu|...] [--uncertainty FILE] [--report FILE.json] [--force] [--json]',
  help: `Segments a CT and writes the masks on its own grid. NIfTI holds the schema's ids, 0 background; a DICOM
Segmentation or RTSTRUCT needs a DICOM series as input and refers to its slices.

  --out FILE           the labels; its ending says the format, where --format does not (.dcm is dicom-seg)
  --format FORMAT      one of
${formatHelp}
  --force              replaces files that are there
  --model DIR          a folder with network.onnx and model.json (the model that ships with Emend, without it)
  --series ID          which image, where PATH holds several (emend info lists them)
  --device DEVICE      auto (the fastest that works here), ${DEVICES.slice(1).join(', ')}
  --coarse DIR         a model that looks first; the other one looks where it finds something, and 20 mm around (the
                       model's own coarse one, without it, where it has one)
  --crop body|none     looks at a box around the body alone, or at the whole image (as the model says, without it)
  --step SHARE         from one window to the next, in place of the model's (0 to 1; 1 is without overlap)
  --indicators         run the middle windows of a transverse plane first, the others only where those find something
  --mirror PAIRS       mean over mirrored views, of LR,AP,SI: for models that learned from such
  --threads N          CPU threads (the physical cores, without it)
  --uncertainty FILE   writes the network's entropy, 0 to 1, as NIfTI at the network's resolution
  --report FILE.json   writes times, peak memory, volumes in mL and mean uncertainty
  --json               prints that report`,
  async run(args, terminal) {
    const { values, positionals } = parseVerb(
      args,
      {
        out: { type: 'string' },
        format: { type: 'string' },
        model: { type: 'string' },
        series: { type: 'string' },
        coarse: { type: 'string' },
        crop: { type: 'string' },
        step: { type: 'string' },
        indicators: { type: 'boolean' },
        mirror: { type: 'string' },
        device: { type: 'string', default: 'auto' },
        threads: { type: 'string', default: '0' },
        uncertainty: { type: 'string' },
        report: { type: 'string' },
        force: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      ['PATH'],
    )
    const began = performance.now()
    const out = required(values.out, 'out')
    const format = labelFormatOf(out, values.format)
    const device = await chooseDevice(oneOf(values.device, DEVICES, 'device'), terminal)
    const threads = wholeNumber(values.threads, 'threads')
    for (const path of [out, values.uncertainty, values.report]) {
      if (path) await requireWritable(path, values.force ?? false)
    }

    const model = await loadModel(values.model ?? defaultModelFolder())
    const coarse = values.coarse === undefined ? undefined : await loadModel(values.coarse)
    const image = await readImage(positionals[0], values.series, terminal)
    requireSource(format, image.dicom, positionals[0])
    const reading = secondsSince(began)
    const result = await segmentVolume(image.volume, model, {
      device,
      threads,
      uncertainty: values.uncertainty !== undefined,
      coarse,
      inference: {
        ...(values.step === undefined ? {} : { step: shareOf(values.step) }),
        ...(values.indicators ? { indicators: true } : {}),
        ...(values.crop === undefined ? {} : { crop: oneOf(values.crop, ['body', 'none'], 'crop') }),
        ...(values.mirror === undefined ? {} : { mirror: mirrorOf(values.mirror) }),
      },
      work: terminal.work(),
    })
    await writeLabels(labelledBy(model, result.labels, image), format, out)
    if (values.uncertainty && result.uncertainty) await saveNifti(values.uncertainty, result.uncertainty)

    const report: SegmentationReport = {
      ...result.report,
      seconds: {
        ...result.report.seconds,
        load: result.report.seconds.load + reading,
        total: secondsSince(began),
      },
      peakMemoryMB: peakMemoryMB(),
      warnings: [...image.warnings, ...notCt(image), ...result.report.warnings],
    }
    if (values.report) await writeFileAtomic(values.report, `${JSON.stringify(report, null, 2)}\n`)
    terminal.warn(report.warnings)
    terminal.result(report, values.json, asText)
  },
}

function shareOf(text: string): number {
  const share = Number(text)
  if (!(share > 0 && share <= 1)) throw new UsageError(`--step ${text}: a number above 0 and not above 1`)
  return share
}

function mirrorOf(text: string): Mirror[] {
  return text.split(',').map((pair) => oneOf(pair.trim(), MIRRORS, 'mirror'))
}

function labelledBy(model: Model, labels: LabelMap, image: ImportedVolume): LabelledImage {
  return {
    labels,
    structures: offeredStructures(model).map(
      ({ id, name, title, category, type, modifier, color }): LabelledStructure => ({
        id,
        name,
        status: 'unreviewed',
        label: title,
        category,
        type,
        modifier,
        algorithmType: 'AUTOMATIC',
        algorithmName: modelId(model),
        color,
      }),
    ),
    image: async () => image.volume,
    modality: image.modality,
    title: image.description || image.modality,
    dicom: image.dicom,
    identified: false,
    provenance: { caseId: null, revision: null, model: modelId(model), author: userInfo().username, when: new Date() },
  }
}

function notCt({ modality }: ImportedVolume): string[] {
  return modality === 'CT' ? [] : [`its modality is ${modality}, not CT`]
}

function asText({ model, device, seconds, peakMemoryMB, structures }: SegmentationReport): string {
  const rows = Object.entries(structures).map(([name, { volumeMl, meanUncertainty }]) => [
    name,
    volumeMl > 0 ? `${volumeMl.toFixed(1)} mL` : 'not found',
    meanUncertainty === null ? '' : `uncertainty ${meanUncertainty.toFixed(2)}`,
  ])
  const took = `${model} on ${device}: ${seconds.total.toFixed(1)} s, ${peakMemoryMB} MB. Not for clinical use.`
  return `${table(rows, [1])}\n${took}`
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000
}
