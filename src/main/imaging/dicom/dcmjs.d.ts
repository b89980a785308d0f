/** dcmjs ships no types; this is the part of it that is used. */
declare module 'dcmjs' {
  type Value = string | number | ArrayBuffer | Dataset | readonly Value[]
  /** Attributes by keyword; `_vrMap` says the VR where the dictionary leaves a choice. */
  interface Dataset {
    readonly [keyword: string]: Value | Readonly<Record<string, string>> | undefined
  }
  type TagDictionary = Record<string, { vr: string; Value: unknown[] }>

  const dcmjs: {
    data: {
      DicomMetaDictionary: { denaturalizeDataset(dataset: Dataset): TagDictionary }
      DicomDict: new (meta: TagDictionary) => { dict: TagDictionary; write(): ArrayBuffer }
    }
  }
  export default dcmjs
  export type { Dataset, Value }
}
