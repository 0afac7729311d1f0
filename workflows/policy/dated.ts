/** What holds on a day: the last of the rows that begin on it or before. Days are YYYY-MM-DD, so text order is time order. */
export const heldOn = <Row>(day: string, rows: readonly Row[], from: (row: Row) => string): Row | undefined =>
  rows
    .filter((row) => from(row) <= day)
    .reduce<Row | undefined>((last, row) => (last && from(last) > from(row) ? last : row), undefined)
