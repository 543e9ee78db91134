import { describe } from 'vitest'
import { describeSettings } from './describe-settings.ts'

describe('our packages on Debian 13', () => {
  describeSettings('trixie')
})
