import { measureTruth } from './measure.ts'

measureTruth('bookworm')
