/** Drawn on a 20 × 20 grid in the text's colour. Beside a word they are silent; alone they need `label`. */
const drawings = {
  arrow: 'M4 10h12m-5-5 5 5-5 5',
  back: 'M16 10H4m5-5-5 5 5 5',
  bell: 'M5 8a5 5 0 0 1 10 0c0 4 1.5 5 1.5 5h-13S5 12 5 8Zm3.5 8a1.6 1.6 0 0 0 3 0',
  book: 'M4 4.5A1.5 1.5 0 0 1 5.5 3H16v14H5.5A1.5 1.5 0 0 1 4 15.5v-11ZM4 14.5A1.5 1.5 0 0 1 5.5 13H16',
  building: 'M4 17V4.5L11 3v14m0-9 5 1.5V17M2.5 17h15M7 7v.01M7 10v.01M7 13v.01M13.5 12v.01',
  cart: 'M2.5 3.5h2l2 9h8.2l1.8-6.5H5.2M7.5 16.5v.01M14 16.5v.01',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  chevron: 'm6 8 4 4 4-4',
  clock: 'M10 6v4l2.5 1.5M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  copy: 'M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.5 7h7A1.5 1.5 0 0 1 13 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7Z',
  cross: 'm5 5 10 10M15 5 5 15',
  desk: 'M3 4.5h14v8H3zM7 16.5h6M10 12.5v4',
  dot: 'M10 10v.01',
  down: 'M10 4v12m5-5-5 5-5-5',
  external: 'M8 5H4.5v10.5H15V12M11.5 4H16v4.5M16 4l-7 7',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5Zm9.5 0a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z',
  file: 'M5 3h6l4 4v10H5zM11 3v4h4',
  flask: 'M8 3v5l-4 7.5A1 1 0 0 0 5 17h10a1 1 0 0 0 .9-1.5L12 8V3M7 3h6M6.2 12.5h7.6',
  globe: 'M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0ZM3 10h14M10 3c2 2 3 4.3 3 7s-1 5-3 7c-2-2-3-4.3-3-7s1-5 3-7Z',
  info: 'M10 9.5V14m0-7.5v.01M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  list: 'M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5v.01M3.5 10v.01M3.5 14.5v.01',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  logout: 'M8 3.5H4v13h4M12.5 6.5 16 10l-3.5 3.5M16 10H8',
  mail: 'M3 5h14v10H3zM3 6l7 5 7-5',
  menu: 'M3 6h14M3 10h14M3 14h14',
  minus: 'M5 10h10',
  pause: 'M7.5 5v10M12.5 5v10',
  pen: 'm4 13-.7 3.7L7 16 16 7l-3-3-9 9Z',
  play: 'M6.5 4.5v11l9-5.5-9-5.5Z',
  plus: 'M10 4v12M4 10h12',
  receipt: 'M5 3h10v14l-2.5-1.5L10 17l-2.5-1.5L5 17zM8 7h4M8 10.5h4',
  refresh: 'M16.5 4v4h-4M3.5 16v-4h4M4.2 8a6 6 0 0 1 11.3-1.5L16.5 8M3.5 12l1 1.5A6 6 0 0 0 15.8 12',
  search: 'm13.5 13.5 3.5 3.5M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z',
  shield: 'M10 3 4 5v5c0 3.5 2.5 6 6 7 3.5-1 6-3.5 6-7V5l-6-2Zm-2.5 7 2 2 3.5-4',
  skip: 'M5 5v10l6-5-6-5Zm9 0v10',
  sort: 'm7 8 3-3 3 3M7 12l3 3 3-3',
  star: 'm10 3 2.1 4.5 4.9.6-3.6 3.3 1 4.9-4.4-2.5-4.4 2.5 1-4.9L3 8.1l4.9-.6L10 3Z',
  trash: 'M4 6h12M8 6V4h4v2m-6.5 0 .8 11h7.4l.8-11M8.5 9v5M11.5 9v5',
  undo: 'M4 8h8a4 4 0 0 1 0 8H8M4 8l3.5-3.5M4 8l3.5 3.5',
  up: 'M10 16V4m5 5-5-5-5 5',
  user: 'M13 7a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM4 17c.5-3.5 2.8-5 6-5s5.5 1.5 6 5',
  users:
    'M10.5 7a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM2.5 16c.4-3 2.3-4.5 5.5-4.5s5.1 1.5 5.5 4.500M13 4.700a2.5 2.5 0 0 1 0 4.600M15 11.900c1.5.6 2.3 2 2.5 4.1',
  warning: 'M10 3.5 2.5 16.500h15L10 3.500ZM10 8.500V12m0 2.200v.01',
}
export type IconName = keyof typeof drawings

export function Icon({ name, size = 18, label }: { name: IconName; size?: number; label?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      <path d={drawings[name]} />
    </svg>
  )
}

/** The house's sign: a ledger's page with its mark. */
export function Sign({ size = 26 }: { size?: number }) {
  return (
    <svg viewBox="0 0 26 26" width={size} height={size} aria-hidden="true">
      <rect x="1" y="1" width="24" height="24" rx="6.5" fill="currentColor" />
      <path
        d="M8.5 6.500v13M17.8 6.5 9.2 14M12 11.600l6 7.9"
        stroke="var(--on-accent)"
        strokeWidth="2.7"
        fill="none"
        strokeLinecap="round"
      />
    </svg>
  )
}
