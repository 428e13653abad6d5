import type { Kind } from './kinds.ts';

/** What is known of an environment variable that the program reads. */
export interface Declaration<T = unknown> {
  kind: Kind<T>;
  /** What holds when it is not set. */
  default?: T;
  /** In words, where that is found out; nothing happens without it where neither is given. */
  otherwise?: string;
  /** One sentence, without its full stop. */
  meaning: string;
  /** Which commands, source types or parts read it. */
  usedBy: string;
  /** Who sets it where people need not. */
  setBy?: string;
}

export type Declarations = Readonly<Record<string, Declaration>>;

/** Variables that are told by their names' form: the rest of the name is for others to choose. */
export interface Pattern {
  /** As in `AIRFLOW_CONN_<ID>`. */
  name: string;
  matches: RegExp;
  kind: Kind<unknown>;
  meaning: string;
  usedBy: string;
}
