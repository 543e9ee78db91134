import { measureTruth } from './measure.ts'

measureTruth('bullseye')
