import { describe } from 'vitest'
import { describeSettings } from './describe-settings.ts'

describe('our packages on Debian 11', () => {
  describeSettings('bullseye')
})
