/** What a person writes as euros, in cents: 12 · 12,5 · 12.50 €. 0 for anything else. */
export const cents = (text: string): number => {
  const [, whole, fraction = ''] = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.replace(/[\s€]/g, '')) ?? []
  return whole === undefined ? 0 : Number(whole + fraction.padEnd(2, '0'))
}

/** Cents as `cents` reads them again: 1234,50; '' for none. */
export const decimal = (minor: number | undefined): string =>
  minor === undefined ? '' : (minor / 100).toFixed(2).replace('.', ',')
