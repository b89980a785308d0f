import { zipSync } from 'fflate'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { encodeCtSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { writeMetaImage } from '../../../src/main/imaging/metaImage'
import { encodeNifti } from '../../../src/main/imaging/nifti'
import { writeNrrd } from '../../../src/main/imaging/nrrd'
import type { Volume } from '../../../src/main/imaging/volume'

export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
  /** How often it is drawn, against 1 of the others: pictures of 512 x 512 take long. */
  readonly weight: number
}

export const ct: Volume<Int16Array> = {
  dims: [10, 12, 5],
  affine: [
    [-0.8, 0, 0, 50],
    [0, -0.8, 0, 60],
    [0, 0, 2.5, -200],
  ],
  data: Int16Array.from({ length: 600 }, (_, n) => ((n * 7919) % 1400) - 1000),
}

export const slices = encodeCtSeries(ct, { uidSeed: 'fuzz', when: new Date(0) })

/** Whole files of every format that Emend reads: made here, and real ones where `data` has them. */
export async function corpus(data: string): Promise<Seed[]> {
  const nifti = encodeNifti(ct)
  const zip = zipSync(Object.fromEntries(slices.map((bytes, n) => [`${n}.dcm`, bytes])))
  const made: [string, Uint8Array][] = [
    ['slice.dcm', slices[2]],
    ['bare.dcm', slices[2].subarray(metaEnd(slices[2]))],
    ['deflated.dcm', deflatedDicom(slices[2], slices[2].subarray(metaEnd(slices[2])))],
    ['image.nii', nifti],
    ['image.nii.gz', gzipSync(nifti)],
    ['image.nrrd', await writeNrrd(ct)],
    ['text.nrrd', Buffer.from(`NRRD0004\ntype: short\ndimension: 3\nsizes: 10 12 5\nspacings: 1 1 2\nencoding: ascii\n\n${ct.data.join(' ')}`)], // prettier-ignore
    ['image.mha', writeMetaImage(ct)],
    ['series.zip', zip],
    ['stored.zip', zipSync(Object.fromEntries(slices.map((bytes, n) => [`${n}.dcm`, bytes])), { level: 0 })],
    ['nested.zip', zipSync({ 'a.zip': zip, 'b.zip': zip })],
  ]
  const real: [string, number][] = [
    ['dcmqi-ct-3-slices-seg/seg/sparse-labelmap-ppv5.dcm', 1],
    ['highdicom-seg/seg_image_ct_binary_overlap.dcm', 1],
    ['highdicom-seg/seg_image_ct_true_fractional.dcm', 1],
    ['highdicom-seg/sr_document.dcm', 0.5],
    ['transfer-syntaxes/pydicom/emri_small_big_endian.dcm', 0.2],
    ['transfer-syntaxes/pydicom/liver_deflate.dcm', 0.2],
    ['transfer-syntaxes/pydicom/liver_rle.dcm', 0.2],
    ['transfer-syntaxes/pydicom/liver_j2k.dcm', 0.1],
    ...['CT1_RLE', 'CT1_JPLL', 'CT1_JLSL', 'CT1_J2KR'].map((name): [string, number] => [`transfer-syntaxes/WG04_CT/${name}`, 0.06]), // prettier-ignore
  ]
  return [
    ...made.map(([name, bytes]) => ({ name, bytes, weight: 1 })),
    ...real
      .map(([name, weight]) => ({ path: join(data, 'awkward', name), weight }))
      .filter(({ path }) => existsSync(path))
      .map(({ path, weight }) => ({ name: path.replace(/.*\//, ''), bytes: readFileSync(path), weight })),
  ]
}

/** Where the data set begins behind the meta header, whose length its first element tells. */
function metaEnd(file: Uint8Array): number {
  return 144 + new DataView(file.buffer, file.byteOffset).getUint32(140, true)
}

/** The file's meta header with the deflated transfer syntax, and a data set packed so. */
function deflatedDicom(file: Uint8Array, dataSet: Uint8Array): Uint8Array {
  const meta = Buffer.from(file.subarray(0, metaEnd(file)))
  const at = meta.indexOf('1.2.840.10008.1.2.1\0')
  meta.writeUInt32LE(meta.readUInt32LE(140) + 2, 140)
  meta.writeUInt16LE(22, at - 2)
  const uid = Buffer.from('1.2.840.10008.1.2.1.99')
  return Buffer.concat([meta.subarray(0, at), uid, meta.subarray(at + 20), deflateRawSync(dataSet)])
}

/** Files that are hostile without any damage. */
export function bombs(): Seed[] {
  const zeros = new Uint8Array(64 << 20)
  const header = encodeNifti({ ...ct, dims: [10, 12, 5] }).subarray(0, 352)
  const bomb = zipSync({ 'zeros.nii': zeros }, { level: 9 })
  let nested = bomb
  for (let depth = 0; depth < 40; depth++) nested = zipSync({ [`${depth}.zip`]: nested }, { level: 1 })
  return [
    ['bomb.zip', bomb],
    ['deep.zip', nested],
    ['wide.zip', zipSync(Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`${n}.txt`, Uint8Array.of(n)])))],
    ['bomb.nii.gz', gzipSync(Buffer.concat([header, zeros]))],
    ['bomb.nrrd', Buffer.concat([Buffer.from('NRRD0004\ntype: short\ndimension: 3\nsizes: 10 12 5\nencoding: gzip\n\n'), gzipSync(zeros)])],
    ['huge.nrrd', Buffer.from('NRRD0004\ntype: double\ndimension: 3\nsizes: 1290 1290 1290\nencoding: raw\n\n')],
    ['huge.mha', Buffer.from('ObjectType = Image\nNDims = 3\nDimSize = 1290 1290 1290\nElementType = MET_DOUBLE\nElementDataFile = LOCAL\n')],
    ['bomb.dcm', deflatedDicom(slices[0], zeros)],
    ['zero.mhd', Buffer.from('ObjectType = Image\nNDims = 3\nDimSize = 9 9 9\nElementType = MET_CHAR\nElementDataFile = ../../../../dev/zero\n')],
  ].map(([name, bytes]) => ({ name: String(name), bytes: bytes as Uint8Array, weight: 0 })) // prettier-ignore
}
