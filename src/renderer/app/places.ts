export const places = ['worklist', 'review', 'learning', 'archive', 'site', 'settings'] as const
export type Place = (typeof places)[number]

export const placeTitles: Readonly<Record<Place, string>> = {
  worklist: 'Worklist',
  review: 'Review',
  learning: 'Learning',
  archive: 'Archive',
  site: 'Site',
  settings: 'Settings',
}

export const placeKeys: Readonly<Record<Place, string>> = {
  worklist: 'F1',
  review: 'F2',
  learning: 'F3',
  archive: 'F4',
  site: 'F7',
  settings: 'F5',
}
