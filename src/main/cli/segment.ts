import { writeFileAtomic } from '../imaging/atomicFile'
import type { ImportedVolume } from '../imaging/import/result'
import { saveNifti } from '../imaging/nifti'
import { loadModel } from '../segmentation/model'
import { peakMemoryMB, segment as segmentVolume, type SegmentationReport } from '../segmentation/segment'
import { defaultModelFolder } from './defaultModel'
import { chooseDevice, DEVICES } from './devices'
import { requireWritable } from './outputFile'
import { readImage } from './readImage'
import { table } from './terminal'
import { oneOf, parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

export const segment: Verb = {
  summary: 'masks of the organs in a CT',
  usage:
    'segment PATH --out FILE [--model DIR] [--device auto|cpu|...] [--uncertainty FILE] [--report FILE.json] [--json]',
  help: `Segments a CT and writes the masks on its own grid: the schema's ids, 0 background.

  --out FILE           .nii or .nii.gz
  --model DIR          a folder with network.onnx and model.json (the model that ships with Emend, without it)
  --series ID          which image, where PATH holds several (emend info lists them)
  --device DEVICE      auto (the fastest that works here), ${DEVICES.slice(1).join(', ')}
  --threads N          CPU threads (the physical cores, without it)
  --uncertainty FILE   writes the network's entropy, 0 to 1, as NIfTI at the network's resolution
  --report FILE.json   writes times, peak memory, volumes in mL and mean uncertainty
  --json               prints that report`,
  async run(args, terminal) {
    const { values, positionals } = parseVerb(
      args,
      {
        out: { type: 'string' },
        model: { type: 'string' },
        series: { type: 'string' },
        device: { type: 'string', default: 'auto' },
        threads: { type: 'string', default: '0' },
        uncertainty: { type: 'string' },
        report: { type: 'string' },
        json: { type: 'boolean' },
      },
      ['PATH'],
    )
    const began = performance.now()
    const out = required(values.out, 'out')
    requireFormat(out)
    const device = await chooseDevice(oneOf(values.device, DEVICES, 'device'), terminal)
    const threads = wholeNumber(values.threads, 'threads')
    for (const path of [out, values.uncertainty, values.report]) if (path) await requireWritable(path)

    const model = await loadModel(values.model ?? defaultModelFolder())
    const image = await readImage(positionals[0], values.series, terminal)
    const reading = secondsSince(began)
    const result = await segmentVolume(image.volume, model, {
      device,
      threads,
      uncertainty: values.uncertainty !== undefined,
      work: terminal.work(),
    })
    await saveNifti(out, result.labels)
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

function requireFormat(out: string): void {
  if (!/\.nii(\.gz)?$/i.test(out)) throw new UsageError(`--out ${out}: it ends in .nii or .nii.gz`)
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
