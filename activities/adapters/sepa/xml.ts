import { writeXml as serialize, type XmlNode } from '../xml'

export { node, type XmlNode } from '../xml'

/** A file for the bank: one namespace for the whole document. */
export const writeXml = (root: XmlNode, namespace: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${serialize(root, { '': namespace })}\n`
