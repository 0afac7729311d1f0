import { Link, useLocation, useSearchParams } from '@remix-run/react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useText } from '../texts/use-text'
import { useViewer } from './viewer'
import { Icon } from './icon'

export interface Column<Row> {
  id: string
  title: string
  cell: (row: Row) => ReactNode
  /** the operation sorts by this column (its id) */
  sortable?: boolean
  /** numbers and money stand at the end */
  end?: boolean
  /** names the row: read aloud with each of its cells */
  heads?: boolean
}

/**
 * A real table. Sorting is in the URL (sort=placedAt, sort=-placedAt); below 46rem each row becomes a card. With `select` each row has a
 * check box of that name: put the table into a form.
 */
export function Table<Row>({
  caption,
  showCaption = false,
  columns,
  rows,
  rowKey,
  empty,
  select,
}: {
  caption: string
  showCaption?: boolean
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string
  empty?: ReactNode
  select?: { name: string; label: (row: Row) => string; able?: (row: Row) => boolean }
}) {
  const t = useText()
  const body = useRef<HTMLTableSectionElement>(null)
  if (rows.length === 0 && empty) return <>{empty}</>
  const selectAll = (checked: boolean) => {
    for (const box of body.current?.querySelectorAll<HTMLInputElement>('input[type=checkbox]:enabled') ?? [])
      box.checked = checked
  }
  return (
    <TableFrame name={caption}>
      {/* drawn as cards on a phone, a table loses its roles in some browsers: said again */}
      <table className="table" role="table">
        <caption className={showCaption ? undefined : 'aloud'}>{caption}</caption>
        <thead>
          <tr role="row">
            {select ? (
              <th scope="col" role="columnheader">
                <input
                  type="checkbox"
                  className="needs-script"
                  aria-label={t('table.select-all')}
                  onChange={(event) => selectAll(event.currentTarget.checked)}
                />
              </th>
            ) : null}
            {columns.map((column) => (
              <ColumnHead key={column.id} column={column} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {select ? (
                <td role="cell">
                  {select.able?.(row) === false ? null : (
                    <input
                      type="checkbox"
                      name={select.name}
                      value={rowKey(row)}
                      aria-label={t('table.select-row', { row: select.label(row) })}
                    />
                  )}
                </td>
              ) : null}
              {columns.map((column) =>
                column.heads ? (
                  <th key={column.id} scope="row" role="rowheader" className={column.end ? 'end' : undefined}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.id}
                    role="cell"
                    data-label={column.title || undefined}
                    className={column.end ? 'end' : undefined}
                  >
                    <div>{column.cell(row)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

/** Where the table is wider than its place, the keyboard must get to it to move it. */
function TableFrame({ name, children }: { name: string; children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const { current } = frame
    if (!current) return
    const watcher = new ResizeObserver(() => setScrolls(current.scrollWidth > current.clientWidth))
    for (const one of [current, ...current.children]) watcher.observe(one)
    return () => watcher.disconnect()
  }, [])
  return (
    <div
      ref={frame}
      className="table-frame table-frame--cards"
      {...(scrolls ? { tabIndex: 0, role: 'group', 'aria-label': name } : {})}
    >
      {children}
    </div>
  )
}

function ColumnHead<Row>({ column }: { column: Column<Row> }) {
  const t = useText()
  const to = useQuery()
  const [query] = useSearchParams()
  const className = column.end ? 'end' : undefined
  if (!column.sortable)
    return (
      <th scope="col" role="columnheader" className={className}>
        {column.title}
      </th>
    )
  const sort = query.get('sort')
  const up = sort === column.id
  const down = sort === `-${column.id}`
  return (
    <th scope="col" role="columnheader" className={className} aria-sort={up ? 'ascending' : down ? 'descending' : undefined}>
      <Link
        to={to({ sort: up ? `-${column.id}` : column.id, page: undefined })}
        preventScrollReset
        title={t(up ? 'table.sort-descending' : 'table.sort-ascending', { column: column.title })}
      >
        {column.title}
        <Icon name={up ? 'up' : down ? 'down' : 'sort'} size={13} />
      </Link>
    </th>
  )
}

/** Links to this page with some of its query changed: filter, sort and page live in the URL. */
export const useQuery = (): ((changes: Record<string, string | undefined>) => string) => {
  const { pathname, search } = useLocation()
  return (changes) => {
    const query = new URLSearchParams(search)
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined || value === '') query.delete(key)
      else query.set(key, value)
    }
    const text = query.toString()
    return text ? `${pathname}?${text}` : pathname
  }
}

export function Pager({ page, pageSize, total }: { page: number; pageSize: number; total: number }) {
  const t = useText()
  const to = useQuery()
  const { language } = useViewer()
  const number = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB')
  if (total <= pageSize && page <= 1) return null
  const from = Math.min(total, (page - 1) * pageSize + 1)
  const until = Math.min(total, page * pageSize)
  return (
    <nav className="pager" aria-label={t('pager.title')}>
      <span className="numbers">
        {t('pager.range', { from: number.format(from), to: number.format(until), total: number.format(total) })}
      </span>
      <span className="row">
        {page > 1 ? (
          <Link className="button button--small" rel="prev" to={to({ page: page > 2 ? String(page - 1) : undefined })}>
            <Icon name="back" size={16} />
            {t('pager.previous')}
          </Link>
        ) : null}
        {until < total ? (
          <Link className="button button--small" rel="next" to={to({ page: String(page + 1) })}>
            {t('pager.next')}
            <Icon name="arrow" size={16} />
          </Link>
        ) : null}
      </span>
    </nav>
  )
}

/** What the list's loader reads from the URL: page from 1, the words looked for, order, state. */
export const listQuery = (request: Request): { page: number; q?: string; sort?: string; state?: string } => {
  const query = new URL(request.url).searchParams
  const page = Number(query.get('page') ?? 1)
  const said = (key: string) => query.get(key)?.trim().slice(0, 200) || undefined
  const [q, sort, state] = [said('q'), said('sort'), said('state')]
  return {
    page: Number.isSafeInteger(page) && page > 0 && page < 1_000_000 ? page : 1,
    ...(q ? { q } : {}),
    ...(sort ? { sort } : {}),
    ...(state ? { state } : {}),
  }
}
