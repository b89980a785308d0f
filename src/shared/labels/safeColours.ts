/**
 * Fourteen colours that readers with protanopia, deuteranopia or tritanopia tell apart. The first seven are M. Okabe and
 * K. Ito's ("Color Universal Design", 2008; all but their black, which is the image here). No published set for
 * dichromats has fourteen (P. Tol's "muted", SRON/EPS/TN/09-002, has nine), so the other seven are lighter, darker or
 * purer variants of hues of Okabe and Ito's and Tol's, chosen by search so that the nearest two of the fourteen are, to
 * normal sight and to each of the three simulated deficiencies (Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009),
 * no nearer than the nearest two of Okabe and Ito's own: 16 in CIE L*a*b*. `test/renderer/review/colours.test.ts` holds that.
 */
export const safeColours = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#d1ffd9',
  '#47ff85',
  '#645d2b',
  '#4d29ff',
  '#9985ff',
  '#8c406b',
  '#a9a951',
] as const
