import { type CodeFacts, EXIT } from './facts.ts';

/** LIF_…: the command line and the program itself. */
export const COMMAND_LINE_CODES = {
  LIF_INTERNAL: {
    meaning: 'Something went wrong that the program did not expect.',
    remedy: 'Run again with LIFECYCLE_DEBUG=1 and report the stack.',
    exit: EXIT.failed,
  },
  LIF_STOPPED: {
    meaning: 'A signal stopped the work; nothing half-written was left.',
    remedy: 'Run the same command again.',
    exit: EXIT.terminated,
  },
  LIF_USAGE: {
    meaning: 'The command line was not understood.',
    remedy: 'See `lifecycle help COMMAND`.',
    exit: EXIT.usage,
  },
  LIF_BAD_SETTING: {
    meaning: 'An environment variable of the program has a value that it cannot have.',
    remedy: 'Correct the variable that the message names, or unset it; docs/settings.md lists them all.',
    exit: EXIT.usage,
  },
  LIF_UNKNOWN_ID: {
    meaning: 'No template, dataset or product has that id.',
    remedy: 'Check the suggestion, or `lifecycle list`.',
    exit: EXIT.usage,
  },
  LIF_BAD_CONTRACT: {
    meaning: 'A data contract could not be read, or is about something else.',
    remedy: 'Write it as the Open Data Contract Standard 3.1 has it; `lifecycle contract export ID` gives one.',
    exit: EXIT.usage,
  },
  LIF_BAD_DATA_FILE: {
    meaning: 'A file that was named as data is not there, cannot be read, or is no Parquet file.',
    remedy: 'See the cause; name a Parquet file, or a dataset as ID@VERSION.',
    exit: EXIT.failed,
  },
  LIF_BAD_QUERY: {
    meaning: 'A query is not understood, or does what `lifecycle sql` does not let it do.',
    remedy: 'Write one SELECT; tables are named as ID, "ID@VERSION" or "builds.PRODUCT@KEY.OUTPUT".',
    exit: EXIT.failed,
  },
  LIF_CANNOT_EXPORT: {
    meaning: 'A table cannot be written in the format that the ending of the file names.',
    remedy: 'Choose another format, as the hint says.',
    exit: EXIT.failed,
  },
  LIF_BAD_RUNS_FILE: {
    meaning: 'A CSV of runs for a batch cannot be read, or a row of it is wrong.',
    remedy: 'Correct the row that the message names; docs/backfill.md lists the columns.',
    exit: EXIT.usage,
  },
  LIF_NO_BATCH: {
    meaning: 'There is no batch of that id.',
    remedy: 'See `lifecycle backfill list`.',
    exit: EXIT.usage,
  },
  LIF_INPUT_FAILED: {
    meaning: 'A run of a batch was not begun, since what it depends on failed in the same batch.',
    remedy: 'Mend what failed, then `lifecycle backfill resume ID --failed`: it runs both, in their order.',
    exit: EXIT.failed,
  },
  LIF_FILE_EXISTS: {
    meaning: 'The file that is to be written stands already.',
    remedy: 'Name another, or replace it with `--overwrite`.',
    exit: EXIT.failed,
  },
  LIF_BAD_VERSION: {
    meaning: 'The version or partition key is not a legal name.',
    remedy: 'Use 1 to 100 letters, digits and . _ - + : beginning with a letter or digit, without `..`.',
    exit: EXIT.usage,
  },
} as const satisfies Record<string, CodeFacts>;
