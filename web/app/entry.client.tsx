import { RemixBrowser } from '@remix-run/react'
import { startTransition, StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'

// only the page's own language is loaded; switching loads the page anew
const texts = document.documentElement.lang === 'en' ? import('./texts/en') : import('./texts/de')

void texts.then(() => {
  startTransition(() => {
    hydrateRoot(
      document,
      <StrictMode>
        <RemixBrowser />
      </StrictMode>,
    )
  })
})
