export type RefusalCode =
  | 'registry-refused'
  | 'name-taken'
  | 'contact-refused'
  | 'payment-refused'
  | 'mail-refused'
  | 'request-differs'
  | 'unknown'
