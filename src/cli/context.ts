import type { Writable } from 'node:stream';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';

/** What every command gets: where things are, where to tell what happens, where to print results. */
export interface CommandContext {
  settings: Settings;
  /** The folder that the paths of a command line are relative to. */
  cwd: string;
  reporter: Reporter;
  /** `--json`: print one JSON document on stdout instead of text. */
  json: boolean;
  /** Whether results go to a person's terminal, which keeps nothing. */
  isTerminal: boolean;
  /** Aborted on SIGINT or SIGTERM; long work stops and cleans up. */
  signal: AbortSignal;
  /** Says that stopping may take so long, for what bounds this by itself; after it the process is cut off. */
  stopWithin(ms: number): void;
  /** For results that must not be masked, or are longer than the memory; all others are printed. */
  stdout: Writable;
  /** Writes results to stdout. */
  print(text: string): void;
}

/** A command's action returns its exit code, or nothing for 0. */
export type ExitCode = number;
