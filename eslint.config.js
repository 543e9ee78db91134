import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

/**
 * The floors of ARCHITECTURE.md, lowest first. A room may import from floors
 * below its own, never from a room beside it or above it.
 */
const floors = [
  ['base'],
  ['debian', 'catalogue'],
  ['image', 'kas', 'config'],
  ['controls', 'sbom'],
  ['harden', 'build', 'verify', 'boot'],
  ['assess'],
  ['report'],
  ['flow'],
  ['cli']
]

function floorRules() {
  return floors.flatMap((rooms, floor) =>
    rooms.map((room) => {
      const forbidden = floors
        .slice(floor)
        .flat()
        .filter((other) => other !== room)
      const rules = [
        ...forbidden.map((other) => ({
          regex: other === 'sbom' ? '/sbom/(?!.*test)' : `\\.\\./(lib/)?${other}/`,
          message: `Room '${room}' (floor ${floor}) must not import from '${other}': imports go down only (ARCHITECTURE.md).`
        })),
        {
          regex: '\\.\\./(lib/)?index\\.[jt]s$',
          message: 'lib/index.ts is for users of the library; it imports every room.'
        }
      ]
      return {
        files: room === 'sbom' ? ['sbom/**/*.ts'] : [`lib/${room}/**/*.ts`, `lib/${room}/**/*.tsx`],
        rules: {
          'no-restricted-imports': ['error', { patterns: rules }],
          // The rule above does not see import('…'), neither of values nor of types.
          'no-restricted-syntax': [
            'error',
            ...rules.map(({ regex, message }) => {
              const source = `Literal[value=/${regex.replaceAll('/', '\\/')}/]`
              return { selector: `ImportExpression > ${source}, TSImportType ${source}`, message }
            })
          ]
        }
      }
    })
  )
}

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'docs/api', 'node_modules', 'build', 'examples/*/build'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-console': 'error'
    }
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', AbortController: 'readonly' }
    }
  },
  {
    files: ['lib/**/*.ts', 'lib/**/*.tsx', 'sbom/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'lib/ takes its world as a parameter (io).' }
      ]
    }
  },
  { files: ['lib/cli/main.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-floating-promises': 'error' } },
  ...floorRules(),
  prettier
)
