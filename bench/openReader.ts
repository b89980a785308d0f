import { readImages } from '../src/main/imaging/import/readImages'

/** Reads the series that its parent names, one after another, and answers with the seconds. */
process.on('message', (series: string) => {
  const began = performance.now()
  const done = async (): Promise<void> => {
    const { volumes } = await readImages([series])
    if (volumes.length !== 1) throw new Error(`${volumes.length} volumes in ${series}`)
    process.send?.((performance.now() - began) / 1000)
  }
  void done()
})
