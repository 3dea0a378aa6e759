// @ts-check
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Configuration comes from the environment in few places; everywhere else it is an argument. */
const environment = {
  object: 'process',
  property: 'env',
  message: 'Only config.ts files read the environment: parse once at the border.',
};

export default defineConfig(
  { ignores: ['**/node_modules/', '.dev/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.base,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-properties': ['error', environment],
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-undef': 'off', // tsc knows better
      'no-unused-vars': 'off', // so does tsc: noUnusedLocals, noUnusedParameters
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
    },
  },
  { files: ['**/config.ts', 'packages/testkit/**/*.ts', 'tests/**/*.ts', 'bench/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  // Programs that are no process: each reads the one variable that it needs, and says so when it is missing.
  { files: ['db/migrate.ts', 'db/testing/database.ts', 'packages/api/cli/seed.ts', 'packages/api/cli/token.ts'], rules: { 'no-restricted-properties': 'off' } },
  // Files that talk to a person at a terminal; a test may print what it has measured.
  { files: ['scripts/**/*.mjs', '**/*.test.ts'], rules: { 'no-console': 'off' } },
);
