import { vitePlugin as remix } from '@remix-run/dev'
import { defineConfig } from 'vite'

declare module '@remix-run/node' {
  interface Future {
    v3_singleFetch: true
  }
}

export default defineConfig({
  plugins: [
    remix({
      appDirectory: 'app',
      buildDirectory: '../build',
      future: {
        v3_fetcherPersist: true,
        v3_lazyRouteDiscovery: true,
        v3_relativeSplatPath: true,
        v3_routeConfig: true,
        v3_singleFetch: true,
        v3_throwAbortReason: true,
      },
    }),
  ],
  build: {
    target: 'es2022',
    // a font or picture inside CSS would have to be loaded by every page, and the CSP allows no data: fonts
    assetsInlineLimit: 0,
    emptyOutDir: true,
  },
  // one process serves pages and API; Vite only builds
  clearScreen: false,
})
