import { measureTruth } from './measure.ts'

measureTruth('trixie')
