/** XML in and out for EPP: no DOCTYPE, no entities of one's own, text always as text. */
import { DOMParser, type Element, onErrorStopParsing } from '@xmldom/xmldom'
import { writeXml as serialize, type XmlNode } from '../xml'

export { node, type XmlNode } from '../xml'

/** A frame that is not XML as RFC 5730 wants it. The words never quote the frame. */
export class BadXml extends Error {}

export const readXml = (bytes: Uint8Array): Element => {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new BadXml('not UTF-8')
  }
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new BadXml('a DOCTYPE')
  try {
    const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml').documentElement
    if (root) return root
  } catch {
    // falls through: the parser's own words may quote the frame
  }
  throw new BadXml('not well-formed')
}

export const children = (parent: Element | undefined): Element[] =>
  parent ? Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1) : []

export const all = (parent: Element | undefined, namespace: string, name: string): Element[] =>
  children(parent).filter((element) => element.namespaceURI === namespace && element.localName === name)

/** Goes down by local names, all in one namespace; the first of each. */
export const child = (parent: Element | undefined, namespace: string, ...path: string[]): Element | undefined =>
  path.reduce<Element | undefined>((at, name) => all(at, namespace, name)[0], parent)

/** xs:token. */
export const token = (element: Element | undefined): string | undefined =>
  element?.textContent?.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '')

/** xs:normalizedString. */
export const line = (element: Element | undefined): string | undefined => element?.textContent?.replace(/[\t\r\n]/g, ' ')

/** A frame as EPP wants it declared (RFC 5730 §2). */
export const writeXml = (root: XmlNode, namespaces: Record<string, string>): string =>
  `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n${serialize(root, namespaces)}`
