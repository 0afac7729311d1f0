import { useNavigate } from '@remix-run/react'
import { useEffect, useId, useState, type KeyboardEvent } from 'react'
import type { Section } from '../../../api/operations/types'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Dialog } from './dialog'
import { Icon, type IconName } from './icon'
import { useMay, useViewer } from './viewer'

interface Target {
  to: string
  title: string
  icon: IconName
}
const sections: Record<'customer' | 'staff', { section: Section; path: string; icon: IconName }[]> = {
  customer: [
    { section: 'orders', path: '/account/orders', icon: 'list' },
    { section: 'names', path: '/account/names', icon: 'globe' },
    { section: 'invoices', path: '/account/invoices', icon: 'file' },
    { section: 'contacts', path: '/account/contacts', icon: 'users' },
  ],
  staff: [
    { section: 'clearing', path: '/desk/clearing', icon: 'eye' },
    { section: 'cases', path: '/desk/cases', icon: 'flask' },
    { section: 'orders', path: '/desk/orders', icon: 'list' },
    { section: 'customers', path: '/desk/customers', icon: 'users' },
    { section: 'audit', path: '/desk/audit', icon: 'book' },
  ],
}
/** Lists that can look for what was typed. */
const searchable: Section[] = ['orders', 'names', 'cases', 'customers']

/** Ctrl-K: go to a section, an order by its number, or look for something in a list. Needs JavaScript; everything in it is a link elsewhere too. */
export function Palette() {
  const t = useText()
  const may = useMay()
  const { kind } = useViewer()
  const navigate = useNavigate()
  const id = useId()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)

  useEffect(() => {
    const shortcut = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setOpen((was) => !was)
      setTyped('')
      setAt(0)
    }
    document.addEventListener('keydown', shortcut)
    return () => document.removeEventListener('keydown', shortcut)
  }, [])

  const q = typed.trim()
  const mine = (kind === 'visitor' ? [] : sections[kind]).filter(({ section }) => may(section))
  const base = kind === 'staff' ? '/desk' : '/account'
  const targets: Target[] = [
    { to: '/', title: t('shell.search'), icon: 'search' as const },
    { to: '/prices', title: t('shell.prices'), icon: 'list' as const },
    ...(kind === 'staff' ? [] : [{ to: '/cart', title: t('shell.cart'), icon: 'cart' as const }]),
    ...mine.map(({ section, path, icon }) => ({ to: path, title: t(`section.${section}`), icon })),
  ].filter(({ title }) => title.toLowerCase().includes(q.toLowerCase()))
  const number = /^k-?(\d{4})-?(\d{6})$/i.exec(q)
  if (number)
    targets.unshift({ to: `${base}/orders/K-${number[1]}-${number[2]}`, title: `K-${number[1]}-${number[2]}`, icon: 'receipt' })
  if (q && !number)
    for (const { section, path } of mine.filter((entry) => searchable.includes(entry.section)))
      targets.push({
        to: `${path}?${new URLSearchParams({ q }).toString()}`,
        title: `${t(`section.${section}` as TextKey)}: ${t('palette.look-up', { q })}`,
        icon: 'search',
      })
  if (q) targets.push({ to: `/?${new URLSearchParams({ q }).toString()}`, title: `${t('shell.search')}: ${q}`, icon: 'globe' })

  const go = (target: Target | undefined) => {
    if (!target) return
    setOpen(false)
    navigate(target.to)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((at + 1) % Math.max(1, targets.length))
    else if (event.key === 'ArrowUp') setAt((at - 1 + targets.length) % Math.max(1, targets.length))
    else if (event.key === 'Enter') go(targets[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog open={open} onClose={() => setOpen(false)} title={t('palette.title')} className="palette">
      <input
        className="control"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={targets[at] ? `${id}-${at}` : undefined}
        aria-label={t('palette.hint')}
        placeholder={t('palette.hint')}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={keys}
        autoFocus
      />
      <ul role="listbox" id={`${id}-list`} aria-label={t('palette.title')}>
        {targets.map((target, position) => (
          <li
            key={target.to}
            id={`${id}-${position}`}
            role="option"
            aria-selected={position === at}
            onMouseEnter={() => setAt(position)}
            onClick={() => go(target)}
          >
            <Icon name={target.icon} />
            {target.title}
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
