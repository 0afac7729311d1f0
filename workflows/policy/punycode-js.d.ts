declare module 'punycode.js' {
  const punycode: { decode(input: string): string; encode(input: string): string }
  export default punycode
}
