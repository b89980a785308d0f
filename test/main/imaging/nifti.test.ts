import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeNifti, gzip, loadNifti, readNifti, saveNifti, writeNifti } from '../../../src/main/imaging/nifti'
import { voxelCount, type Volume, type VoxelArray } from '../../../src/main/imaging/volume'
import { EmendError } from '../../../src/shared/errors'
import { affinesAgree, type Affine } from '../../../src/shared/geometry/affine'
import { dataPath } from '../../data'
import { python, pythonHas } from '../../peers'
import { affine, dims, int16Volume, noise, obliqueAffine, straightAffine } from './arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-nifti-'))
afterAll(() => rmSync(folder, { recursive: true }))

const example: Volume<Int16Array> = {
  dims: [3, 4, 5],
  affine: [
    [-0.8, 0, 0, 10],
    [0, -0.8, 0, 20],
    [0, 0, 2.5, -300],
  ],
  data: Int16Array.from({ length: 60 }, (_, n) => n * 7 - 200),
}

/** Near a half turn the format's 32-bit quaternion holds no more than a thousandth of a radian; mm on voxels up to 9 mm. */
const QFORM_TOLERANCE = 0.02

/** Reads with the sform erased, so that only the qform speaks. */
function withoutSform(file: Uint8Array): Uint8Array {
  const copy = file.slice()
  new DataView(copy.buffer).setInt16(254, 0, true)
  return copy
}

describe('writing and reading back', () => {
  it('keeps voxels, dims and affine for any orientation, oblique and mirrored', () => {
    fc.assert(
      fc.property(int16Volume, (volume) => {
        const { volume: back, warnings } = readNifti(encodeNifti(volume))
        expect(back.data).toEqual(volume.data)
        expect(back.dims).toEqual(volume.dims)
        expect(affinesAgree(back.affine, volume.affine, 1e-3)).toBe(true)
        expect(warnings).toEqual([])
      }),
    )
  })

  it('says the same in the qform as in the sform', () => {
    const qformOf = (affine: Affine): Affine =>
      readNifti(withoutSform(encodeNifti({ ...example, affine }))).volume.affine
    fc.assert(fc.property(straightAffine, (a) => affinesAgree(qformOf(a), a, 1e-3)))
    fc.assert(fc.property(obliqueAffine, (a) => affinesAgree(qformOf(a), a, QFORM_TOLERANCE)))
  })

  const arrays: Record<string, (values: number[]) => VoxelArray> = {
    int8: (v) => Int8Array.from(v),
    uint8: (v) => Uint8Array.from(v),
    int16: (v) => Int16Array.from(v),
    uint16: (v) => Uint16Array.from(v),
    int32: (v) => Int32Array.from(v),
    uint32: (v) => Uint32Array.from(v),
    float32: (v) => Float32Array.from(v),
    float64: (v) => Float64Array.from(v),
  }
  it.each(Object.keys(arrays))('keeps %s voxels in their type, packed or not', async (type) => {
    const data = arrays[type]([0, 1, 2.5, 100, 127, 3, 4, 5])
    const volume: Volume = { dims: [2, 2, 2], affine: example.affine, data }
    expect(readNifti(encodeNifti(volume)).volume.data).toEqual(data)
    expect(readNifti(await writeNifti(volume)).volume.data).toEqual(data)
  })

  it('says in its description that it is not for clinical use', () => {
    const file = Buffer.from(encodeNifti({ dims: [1, 1, 1], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: new Uint8Array(1) })) // prettier-ignore
    expect(file.toString('latin1', 148, 228)).toMatch(/^Emend: not for clinical use\0/)
  })

  it('packs a file whose name ends in .gz and no other', async () => {
    await saveNifti(join(folder, 'a.nii'), example)
    await saveNifti(join(folder, 'a.nii.gz'), example)
    expect(readFileSync(join(folder, 'a.nii')).length).toBe(352 + 120)
    expect(readFileSync(join(folder, 'a.nii.gz')).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    expect((await loadNifti(join(folder, 'a.nii.gz'))).volume.data).toEqual(example.data)
  })
})

describe('what a header can say', () => {
  /** A file with some header fields changed. */
  function changed(change: (view: DataView) => void): Uint8Array {
    const file = encodeNifti(example)
    change(new DataView(file.buffer))
    return file
  }

  it('applies a whole slope and intercept without leaving 16 bits', () => {
    const file = changed((view) => {
      view.setFloat32(112, 1, true)
      view.setFloat32(116, -1024, true)
    })
    expect(readNifti(file).volume.data).toEqual(example.data.map((v) => v - 1024))
  })

  it('applies a fractional slope as Float32', () => {
    const file = changed((view) => view.setFloat32(112, 0.25, true))
    expect(readNifti(file).volume.data).toEqual(Float32Array.from(example.data, (v) => v / 4))
  })

  it.each([0, NaN])('takes slope %s as unscaled', (slope) => {
    const file = changed((view) => {
      view.setFloat32(112, slope, true)
      view.setFloat32(116, 5, true)
    })
    expect(readNifti(file).volume.data).toEqual(example.data)
  })

  it('reads one volume of four dimensions, and refuses several', () => {
    const four = (n: number): Uint8Array =>
      changed((view) => {
        view.setInt16(40, 4, true)
        view.setInt16(48, n, true)
      })
    expect(readNifti(four(1)).volume.dims).toEqual([3, 4, 5])
    expect(() => readNifti(four(2), 'perfusion.nii')).toThrow('perfusion.nii holds several volumes (3 x 4 x 5 x 2)')
  })

  it('keeps a sheared grid and warns of it', () => {
    const sheared: Affine = [example.affine[0], [0, -0.8, 0.4, 20], example.affine[2]]
    const { volume, warnings } = readNifti(encodeNifti({ ...example, affine: sheared }))
    expect(affinesAgree(volume.affine, sheared)).toBe(true)
    expect(warnings.join()).toMatch(/degrees off a right angle/)
  })

  it('warns where neither form is set', () => {
    const file = changed((view) => {
      view.setInt16(252, 0, true)
      view.setInt16(254, 0, true)
    })
    expect(readNifti(file).warnings.join()).toMatch(/left and right/)
  })
})

describe('bad input', () => {
  const good = encodeNifti(example)

  it.each([
    ['nothing', new Uint8Array(0), 'x.nii is not a NIfTI image'],
    ['text', new TextEncoder().encode('hello '.repeat(100)), 'x.nii is not a NIfTI image'],
    ['a cut-off file', good.subarray(0, 400), 'x.nii is cut short'],
    ['a cut-off packed file', gzipSync(good).subarray(0, 150), 'x.nii'],
    ['a cut-off header', good.subarray(0, 300), 'x.nii is not a NIfTI image'],
  ])('refuses %s in one line that names the file', (_, bytes, message) => {
    expect(() => readNifti(bytes, 'x.nii')).toThrow(EmendError)
    expect(() => readNifti(bytes, 'x.nii')).toThrow(message)
  })

  it('never unpacks more than the header announces', () => {
    const bomb = new Uint8Array(1 << 24)
    bomb.set(good)
    expect(() => readNifti(gzipSync(bomb), 'x.nii.gz')).toThrow('unpacks to more than its header says')
  })

  it('answers any damage with an EmendError or an image', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 351 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
        (bytes) => {
          const file = good.slice()
          for (const [at, value] of bytes) file[at] = value
          try {
            expect(readNifti(file).volume.data.length).toBeGreaterThan(0)
          } catch (error) {
            expect(error).toBeInstanceOf(EmendError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('names a file that is not there', async () => {
    await expect(loadNifti(join(folder, 'missing.nii'))).rejects.toThrow('missing.nii cannot be read')
  })
})

describe.skipIf(!pythonHas('nibabel'))('agreement with nibabel', () => {
  it('nibabel reads what Emend wrote: voxels, affine from either form, and orientation', () => {
    const samples = fc.sample(fc.record({ dims, affine, seed: fc.nat() }), { numRuns: 20, seed: 4 })
    const volumes = samples.map(({ dims, affine, seed }) => ({ dims, affine, data: noise(voxelCount(dims), seed) }))
    const paths = volumes.map((volume, n) => {
      writeFileSync(join(folder, `e${n}.nii`), encodeNifti(volume))
      return join(folder, `e${n}.nii`)
    })
    const answers = JSON.parse(
      python(
        `import sys,json,nibabel as nib,numpy as np
out=[]
for p in sys.argv[1:]:
  m=nib.load(p); out.append(dict(affine=m.affine[:3].tolist(),q=m.get_qform()[:3].tolist(),data=np.asarray(m.dataobj).ravel(order='F').tolist()))
print(json.dumps(out))`,
        ...paths,
      ),
    ) as { affine: Affine; q: Affine; data: number[] }[]
    answers.forEach((answer, n) => {
      expect(affinesAgree(answer.affine, volumes[n].affine)).toBe(true)
      expect(affinesAgree(answer.q, volumes[n].affine, QFORM_TOLERANCE)).toBe(true)
      expect(Float32Array.from(answer.data)).toEqual(volumes[n].data)
    })
  })

  it('reads what nibabel wrote as nibabel does: types, byte orders, NIfTI-2, pairs, scaling, sform or qform only', () => {
    const answers = JSON.parse(
      python(
        `import sys,json,nibabel as nib,numpy as np
d=sys.argv[1]; r=np.random.default_rng(1); out=[]
def aff():
  q,_=np.linalg.qr(r.normal(size=(3,3))); a=np.eye(4); a[:3,:3]=q@np.diag(r.uniform(.5,4,3)); a[:3,3]=r.uniform(-99,99,3); return a
n=0
for cls,ext in ((nib.Nifti1Image,'.nii'),(nib.Nifti2Image,'.nii.gz'),(nib.Nifti1Pair,'.hdr')):
  for dt in ('u1','i1','<i2','>i2','>u2','<f4','>f4','>f8','<i4','<i8'):
    for mode in ('s','q','none','slope'):
      x=(r.uniform(0,100,(3,4,5))).astype(dt)
      h=cls.header_class(endianness='>' if dt[0]=='>' else '<'); h.set_data_dtype(dt)
      m=cls(x,aff(),h)
      m.header.set_data_dtype(dt)
      if mode=='s': m.set_qform(None,0)
      if mode=='q': m.set_sform(None,0)
      if mode=='none': m.set_sform(None,0); m.set_qform(None,0)
      if mode=='slope': m.header.set_slope_inter(0.5,3)
      p=f'{d}/n{n}{ext}'; n+=1; nib.save(m,p)
      b=nib.load(p); out.append(dict(path=p,affine=b.affine[:3].tolist(),data=b.get_fdata().ravel(order='F').tolist()))
print(json.dumps(out))`,
        folder,
      ),
    ) as { path: string; affine: Affine; data: number[] }[]
    expect(answers.length).toBe(120)
    return Promise.all(
      answers.map(async ({ path, affine, data }) => {
        const { volume } = await loadNifti(path)
        expect(affinesAgree(volume.affine, affine, 1e-4), path).toBe(true)
        const worst = Math.max(...data.map((v, n) => Math.abs(v - volume.data[n])))
        expect(worst, path).toBeLessThan(1e-4)
      }),
    )
  })

  const real = dataPath('abdomen', 'totalsegmentator-example')
  it.skipIf(!real)('agrees on the real volumes', async () => {
    const answers = JSON.parse(
      python(
        `import sys,json,glob,nibabel as nib,numpy as np
out=[]
for p in sorted(glob.glob(sys.argv[1]+'/**/*.nii*',recursive=True)):
  m=nib.load(p); x=m.get_fdata(); out.append(dict(path=p,affine=m.affine[:3].tolist(),codes=''.join(nib.aff2axcodes(m.affine)),sum=float(x.sum()),at=float(x[3,5,7])))
print(json.dumps(out))`,
        real ?? '',
      ),
    ) as { path: string; affine: Affine; codes: string; sum: number; at: number }[]
    expect(answers.length).toBeGreaterThan(0)
    for (const { path, affine, sum, at } of answers) {
      const { volume } = await loadNifti(path)
      expect(affinesAgree(volume.affine, affine)).toBe(true)
      expect((volume.data as Float32Array).reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(sum, 0)
      expect(volume.data[3 + volume.dims[0] * (5 + volume.dims[1] * 7)]).toBeCloseTo(at, 3)
    }
  })
})

it('gzip is what gunzip reads', async () => {
  expect(readNifti(await gzip(encodeNifti(example))).volume.data).toEqual(example.data)
})
