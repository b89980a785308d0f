import type { Instance, Traits } from '../../../../src/main/imaging/dicom/instance'
import type { Vec3 } from '../../../../src/shared/geometry/affine'

/** A header as a scanner would write it, with what a test wants different. */
export function axialSlice(position: Vec3, change: Partial<Instance> = {}): Instance {
  return {
    source: { name: `slice at ${position.join(' ')}`, read: () => Promise.resolve(new Uint8Array(0)) },
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: `1.2.3.${position.map((mm) => Math.round(Math.abs(mm) * 1000)).join('.')}`,
    identity: {
      patientName: '',
      patientId: '',
      patientBirthDate: '',
      patientSex: '',
      studyInstanceUid: '1.2.3',
      studyDate: '',
      studyTime: '',
      studyId: '',
      studyDescription: '',
      accessionNumber: '',
      referringPhysician: '',
    },
    seriesInstanceUid: '1.2.3.4',
    seriesNumber: '1',
    seriesDescription: '',
    modality: 'CT',
    frameOfReferenceUid: '1.2.3.5',
    instanceNumber: 1,
    patientPosition: 'HFS',
    pixels: {
      transferSyntax: '1.2.840.10008.1.2.1',
      rows: 4,
      columns: 4,
      frames: 1,
      bitsAllocated: 16,
      bitsStored: 16,
      highBit: 15,
      signed: true,
    },
    padding: undefined,
    burnedIn: false,
    frames: [
      {
        index: 0,
        position,
        orientation: [
          [1, 0, 0],
          [0, 1, 0],
        ],
        pixelSpacing: [0.8, 0.8],
        thickness: 2.5,
        slope: 1,
        intercept: -1024,
        traits: {
          stack: '',
          time: '',
          phase: '',
          echo: '',
          diffusion: '',
          imageType: 'ORIGINAL\\PRIMARY\\AXIAL',
          acquisition: '1',
          kernel: 'B30f',
          voltage: '120',
          trigger: '',
        },
      },
    ],
    ...change,
  }
}

export function axialStack(heights: readonly number[]): Instance[] {
  return heights.map((z) => axialSlice([-100, -100, z]))
}

/** The same slices as another volume of the series: other instances, numbered onwards, with these traits. */
export function withTraits(slices: readonly Instance[], traits: Partial<Traits>, numbersFrom = 1): Instance[] {
  const mark = [...Object.values(traits), numbersFrom].join('-')
  return slices.map((slice, n) => ({
    ...slice,
    sopInstanceUid: `${slice.sopInstanceUid}.${mark}`,
    instanceNumber: numbersFrom + n,
    frames: slice.frames.map((frame) => ({ ...frame, traits: { ...frame.traits, ...traits } })),
  }))
}
