import type * as Dimse from 'dcmjs-dimse'

export type DimseLibrary = typeof Dimse

let loading: Promise<DimseLibrary> | null = null

/** dcmjs-dimse, loaded when an archive needs it, and silent: it would write what it sends and receives to the terminal. */
export function loadDimse(): Promise<DimseLibrary> {
  loading ??= import('dcmjs-dimse').then((module) => {
    const library = 'default' in module ? (module.default as DimseLibrary) : module
    library.log.setLevel('silent')
    return library
  })
  return loading
}
