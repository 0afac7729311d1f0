import type { LoaderFunctionArgs } from '@remix-run/node'
import { invoiceXml } from '../invoice-file.server'

export const loader = (args: LoaderFunctionArgs) => invoiceXml(args)
