import type { LoaderFunctionArgs } from '@remix-run/node'
import { invoiceFile } from '../invoice-file.server'

export const loader = (args: LoaderFunctionArgs) => invoiceFile(args)
