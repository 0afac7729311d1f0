import { useEffect, useId, useRef, type ReactNode } from 'react'

/**
 * A dialog on the native element: modal, closes with Escape, gives the focus back. What must work without JavaScript opens a page of
 * its own instead (Confirm), never only a dialog.
 */
export function Dialog({
  open,
  onClose,
  title,
  className = '',
  children,
}: {
  open: boolean
  onClose: () => void
  title: ReactNode
  className?: string
  children: ReactNode
}) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    if (!dialog) return
    if (open && !dialog.open) dialog.showModal()
    if (!open && dialog.open) dialog.close()
  }, [open])
  return (
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      <h2 id={id} className="aloud">
        {title}
      </h2>
      {open ? children : null}
    </dialog>
  )
}
