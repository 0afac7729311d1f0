import { useId } from 'react'
import { showMoney } from '../../../workflows/policy/money'
import { useViewer } from './viewer'
import './books.css'

export interface Bar {
  label: string
  /** minor units */
  amount: number
}

const height = 200
const [top, bottom] = [16, 28]

/** The next of 1, 2, 5, 10, 20 … that is not below. */
export function niceAbove(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power
}

/**
 * Amounts of one currency as columns, drawn on the server. Widths are in per cent and letters keep their size, so that it fits a phone; the table
 * beside it says the same in words, which is why the drawing itself is one image with a name (chart.decision.md).
 */
export function ColumnChart({ title, bars, currency }: { title: string; bars: Bar[]; currency: string }) {
  const id = useId()
  const { language } = useViewer()
  if (bars.every(({ amount }) => amount === 0)) return null
  const most = niceAbove(Math.max(0, ...bars.map(({ amount }) => amount)))
  const lowest = Math.min(0, ...bars.map(({ amount }) => amount))
  const least = lowest < 0 ? -niceAbove(-lowest) : 0
  const y = (amount: number) => top + ((most - amount) / (most - least)) * (height - top - bottom)
  const slot = 100 / bars.length
  const every = Math.ceil(bars.length / 6)
  const lines = [...new Set([most, most / 2, 0, least])]
  return (
    <figure className="chart">
      <figcaption className="small strong" id={id}>
        {title}
      </figcaption>
      <svg role="img" aria-labelledby={id} width="100%" height={height} suppressHydrationWarning>
        {lines.map((amount) => (
          <g key={amount}>
            <line className={amount === 0 ? 'chart__zero' : 'chart__line'} x1="0" x2="100%" y1={y(amount)} y2={y(amount)} />
          </g>
        ))}
        {bars.map(({ label, amount }, index) => (
          <g key={index}>
            <rect
              className={amount < 0 ? 'chart__bar chart__bar--below' : 'chart__bar'}
              x={`${(index + 0.15) * slot}%`}
              width={`${0.7 * slot}%`}
              y={Math.min(y(amount), y(0))}
              height={Math.abs(y(amount) - y(0))}
            >
              <title>{`${label}: ${showMoney({ amount, currency }, language)}`}</title>
            </rect>
            {index % every === 0 ? (
              <text
                className={bars.length > 3 && (index / every) % 2 === 1 ? 'chart__text chart__text--wide' : 'chart__text'}
                x={`${(index + 0.5) * slot}%`}
                y={height - 8}
                textAnchor="middle"
              >
                {label}
              </text>
            ) : null}
          </g>
        ))}
        {lines.map((amount) =>
          amount === 0 ? null : (
            <text key={amount} className="chart__text" x="-4.75rem" y={y(amount) + 4}>
              {showMoney({ amount: Math.round(amount), currency }, language)}
            </text>
          ),
        )}
      </svg>
    </figure>
  )
}
