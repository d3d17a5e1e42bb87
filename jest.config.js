const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {}, // Jest 30.5 strips types itself with Node's stripTypeScriptTypes
  clearMocks: true,
  setupFiles: ['<rootDir>/__tests__/property-seed.ts'],
  // Their package.json files are parts of images, not packages of this project.
  modulePathIgnorePatterns: ['<rootDir>/world/images']
}

export default {
  // Unit tests run beside end-to-end ones, on machines that are busy: a hang is found as well after 20 s as after 5.
  testTimeout: 20_000,
  // Jest leaves one processor free, which on a machine with two is half of them.
  maxWorkers: '100%',
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/__tests__/unit/**/*.test.ts'] },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/__tests__/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/__tests__/e2e/setup.ts',
      globalTeardown: '<rootDir>/__tests__/e2e/teardown.ts'
    }
  ],
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts']
}
