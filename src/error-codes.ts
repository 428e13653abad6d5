import { AIRFLOW_CODES } from './error-codes/airflow.ts';
import { BUILDS_CODES } from './error-codes/builds.ts';
import { COMMAND_LINE_CODES } from './error-codes/command-line.ts';
import { ENGINE_CODES } from './error-codes/engine.ts';
import { INGEST_CODES } from './error-codes/ingest.ts';
import { PROJECT_CODES } from './error-codes/project.ts';
import { SOURCES_CODES } from './error-codes/sources.ts';
import { STORE_CODES } from './error-codes/store.ts';

export { EXIT } from './error-codes/facts.ts';

/** Every code that a LifecycleError or a finding can carry. `docs/errors.md` is generated from it. */
export const ERROR_CODES = {
  ...COMMAND_LINE_CODES,
  ...PROJECT_CODES,
  ...ENGINE_CODES,
  ...INGEST_CODES,
  ...STORE_CODES,
  ...SOURCES_CODES,
  ...BUILDS_CODES,
  ...AIRFLOW_CODES,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
