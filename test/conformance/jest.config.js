import { join } from 'node:path';

export default {
  rootDir: join(import.meta.dirname, '../..'),
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/conformance/**/*.test.ts'],
  transform: { '\\.[cm]?[jt]s$': '<rootDir>/test/tooling/esbuild-transform.cjs' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  globalSetup: '<rootDir>/test/conformance/global-setup.cjs',
  // A whole load and refresh on an AWS endpoint.
  testTimeout: 900_000,
};
