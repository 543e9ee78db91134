import { describe } from 'vitest'
import { describeSettings } from './describe-settings.ts'

describe('our packages on Debian 12', () => {
  describeSettings('bookworm')
})
