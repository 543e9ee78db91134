import type { ComponentType } from './control.ts'

/** What a product is measured against: IEC 62443-4-2, component types and the aimed SL-C. */
export interface Target {
  components: readonly ComponentType[]
  /** The capability level the supplier aims at, 1 to 4. */
  securityLevel: number
  /** Edition of the standard: '2019'. */
  edition: string
  /** The application a SAR is about; a whole image is none. */
  application?: string
}

/** Values of all parameters of the chosen controls, by name (`password.minlen`). */
export type ParameterValues = Readonly<Record<string, string | number | readonly string[]>>
