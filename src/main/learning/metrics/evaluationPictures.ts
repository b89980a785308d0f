import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabelSchema } from '../../../shared/labels/schema'
import { unwatched, type Work } from '../../../shared/progress'
import { writeFileAtomic } from '../../imaging/atomicFile'
import { loadLabelMap } from '../../imaging/labelFile'
import { loadNifti } from '../../imaging/nifti'
import { requireSameGrid } from '../trainingData'
import type { Evaluation } from './aggregate'
import { casePicture } from './casePicture'
import { labelFilesOf } from './evaluateFolders'

export interface PictureFolders {
  readonly references: string
  readonly predictions: string
  /** CASE.nii.gz, or CASE_0000.nii.gz; cases without an image are drawn on black. */
  readonly images?: string
  /** Gets `001-CASE.png` and so on, the worst case first, and `index.html`. */
  readonly out: string
  /** How many cases at most, from the worst on; all where left out. */
  readonly most?: number
}

/** Cases from the lowest mean DSC up. */
export function worstFirst({ cases }: Evaluation): string[] {
  const meanDsc = (name: string): number => {
    const scores = Object.values(cases[name])
    return scores.length > 0 ? scores.reduce((sum, s) => sum + s.dsc, 0) / scores.length : 1
  }
  return Object.keys(cases).sort((a, b) => meanDsc(a) - meanDsc(b))
}

/**
 * Writes a picture of each case, the worst first, and a page that shows them with their scores.
 * @returns the page's path
 * @throws EmendError where a file cannot be read or an image lies on another grid than its labels.
 */
export async function writeEvaluationPictures(
  evaluation: Evaluation,
  schema: LabelSchema,
  folders: PictureFolders,
  work: Work = unwatched,
): Promise<string> {
  const { out } = folders
  const references = await labelFilesOf(folders.references)
  const predictions = await labelFilesOf(folders.predictions)
  const images = folders.images === undefined ? new Map<string, string>() : await labelFilesOf(folders.images)
  await mkdir(out, { recursive: true })
  const names = worstFirst(evaluation).slice(0, folders.most)
  const figures: string[] = []
  for (const [done, name] of names.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'drawing', done, total: names.length })
    const imageFile = images.get(name) ?? images.get(`${name}_0000`)
    const reference = await loadLabelMap(join(folders.references, references.get(name) ?? name))
    const image = imageFile && folders.images ? (await loadNifti(join(folders.images, imageFile))).volume : null
    if (image) requireSameGrid(image, reference, imageFile ?? name, name)
    const scores = evaluation.cases[name]
    const { png, structure, slice } = casePicture({
      reference,
      prediction: await loadLabelMap(join(folders.predictions, predictions.get(name) ?? name)),
      image,
      schema,
      scores,
    })
    const file = `${String(done + 1).padStart(3, '0')}-${name}.png`
    await writeFileAtomic(join(out, file), png)
    const { dsc, nsd } = scores[structure] ?? { dsc: 1, nsd: 1 }
    const line = `${name}: ${structure} DSC ${dsc.toFixed(3)}, NSD ${nsd.toFixed(3)}, slice ${slice + 1}`
    figures.push(
      `<figure><img src="${encodeURIComponent(file)}" alt=""><figcaption>${html(line)}</figcaption></figure>`,
    )
  }
  const page = join(out, 'index.html')
  await writeFileAtomic(page, pageOf(figures))
  return page
}

function pageOf(figures: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cases, the worst first</title>
<style>body{background:#1c1c1e;color:#f2f2f7;font:15px/1.5 system-ui,sans-serif;margin:2rem}
figure{margin:0 0 2rem}img{max-width:100%;image-rendering:pixelated}figcaption{color:#aeaeb2}</style></head>
<body><h1>Cases, the worst first</h1>
<p>Reference, prediction, and what is wrong of the worst structure: red missed, blue invented, grey right. Not for clinical use.</p>
${figures.join('\n')}
</body></html>
`
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
