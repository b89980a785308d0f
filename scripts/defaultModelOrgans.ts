/** What the default model offers: the organs that its teacher knows. */
export const defaultOrgans = [
  'liver',
  'right-kidney',
  'spleen',
  'pancreas',
  'gallbladder',
  'esophagus',
  'stomach',
  'duodenum',
  'left-kidney',
]
