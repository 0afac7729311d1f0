/** Signed 15.16 fixed point, ICC.1:2010 §4.6. */
const fixed = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeInt32BE(Math.round(value * 65536), 4 * index))
  return bytes
}
const word = (value: number): Buffer => Buffer.from([0, 0, 0, 0].map((_, index) => (value >>> (24 - 8 * index)) & 255))
const element = (type: string, ...content: Buffer[]): Buffer => {
  const bytes = Buffer.concat([Buffer.from(type), word(0), ...content])
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
const xyz = (...values: [number, number, number]) => element('XYZ ', fixed(...values))
const words = (text: string): Buffer => {
  const utf16 = Buffer.from(text, 'utf16le').swap16()
  return element('mluc', word(1), word(12), Buffer.from('enUS'), word(utf16.length), word(28), utf16)
}

/** What the numbers of our colours mean: sRGB (IEC 61966-2-1) as an ICC display profile of version 4.2, adapted to D50 after Bradford. */
export function srgbProfile(): Buffer {
  const curve = element('para', Buffer.from([0, 3, 0, 0]), fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
  const adaptation = [1.0478112, 0.0228866, -0.050127, 0.0295424, 0.9904844, -0.0170491, -0.0092345, 0.0150436, 0.7521316]
  const tags: [string, Buffer][] = [
    ['desc', words('sRGB')],
    ['cprt', words('No copyright, use freely')],
    ['wtpt', xyz(0.9642, 1, 0.8249)],
    ['chad', element('sf32', fixed(...adaptation))],
    ['rXYZ', xyz(0.4360747, 0.2225045, 0.0139322)],
    ['gXYZ', xyz(0.3850649, 0.7168786, 0.0971045)],
    ['bXYZ', xyz(0.1430804, 0.0606169, 0.7141733)],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ]
  const table: Buffer[] = [word(tags.length)]
  let at = 128 + 4 + 12 * tags.length
  for (const [name, content] of tags) {
    table.push(Buffer.from(name), word(at), word(content.length))
    at += content.length
  }
  const header = Buffer.alloc(128)
  header.writeUInt32BE(at, 0)
  header.writeUInt32BE(0x04200000, 8)
  header.write('mntrRGB XYZ ', 12)
  header.writeUInt16BE(2026, 24)
  header.writeUInt16BE(1, 26)
  header.writeUInt16BE(1, 28)
  header.write('acsp', 36)
  fixed(0.9642, 1, 0.8249).copy(header, 68)
  return Buffer.concat([header, ...table, ...tags.map(([, content]) => content)])
}
