import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** True once the page is alive: false on the server, without JavaScript, and in the first drawing. */
export const useScript = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
