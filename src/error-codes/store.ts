import { type CodeFacts, EXIT } from './facts.ts';

/** STO_…: the store. */
export const STORE_CODES = {
  STO_BUSY: {
    meaning: 'Another process is working on the same version or partition.',
    remedy: 'Wait for it to end, then run the same command again.',
    exit: EXIT.busy,
  },
  STO_CLAIM_LOST: {
    meaning: 'The process was suspended or cut off for longer than its lease, and another took over its claim.',
    remedy: 'Run the same command again; nothing of this run was published.',
    exit: EXIT.busy,
  },
  STO_NO_LOCK: {
    meaning: 'Nothing of that name is locked.',
    remedy: 'See `lifecycle unlock` for what is.',
    exit: EXIT.failed,
  },
  STO_NO_VERSION: {
    meaning: 'The store has no such version or partition.',
    remedy: 'See `lifecycle show ID` for those it has, or make it.',
    exit: EXIT.failed,
  },
  STO_NEEDED: {
    meaning: 'The lock of a build names the version, and without it that build could not be made again.',
    remedy: 'Keep it, or remove that build first: `lifecycle remove PRODUCT@KEY`.',
    exit: EXIT.failed,
  },
  STO_ONLY_VERSION: {
    meaning: 'The version is the only one of its template, and `latest` names it.',
    remedy: 'Make another version first.',
    exit: EXIT.failed,
  },
  STO_NO_OUTPUT: {
    meaning: 'The build has no such table among its outputs, or several of that name.',
    remedy: 'Name one of the Parquet or CSV files that the hint lists.',
    exit: EXIT.failed,
  },
  STO_SEVERAL_DATASETS: {
    meaning: 'The name stands for a template of several datasets, and one table is wanted.',
    remedy: 'Name one of the datasets that the hint lists.',
    exit: EXIT.usage,
  },
  STO_UNREADABLE: {
    meaning: 'A record of the store is there and cannot be read: no permission, cut short, or of a newer lifecycle.',
    remedy: 'See the file that is named; nothing was replaced. `--overwrite` replaces a version with a damaged record.',
    exit: EXIT.failed,
  },
  STO_NOT_QUARANTINED: {
    meaning: 'A version is to be released that is not quarantined.',
    remedy: 'Nothing needs to be done.',
    exit: EXIT.failed,
  },
  STO_QUARANTINED: {
    meaning: 'A version is quarantined, since a check failed, and nothing takes it by itself.',
    remedy: 'See `lifecycle show ID@VERSION`; if it is right, `lifecycle release ID@VERSION --reason TEXT`.',
    exit: EXIT.quarantined,
  },
  STO_NO_RECORD: {
    meaning: 'A directory of the store holds files and no record, so nobody knows what they are.',
    remedy: 'Look at them, then move them away; `--overwrite` replaces a version.',
    exit: EXIT.failed,
  },
  STO_NAME_TAKEN: {
    meaning: 'A name stands that some machines cannot tell from this one: `16a` beside `16A`, or two forms of accents.',
    remedy: 'Write it as the one that stands, or choose another.',
    exit: EXIT.failed,
  },
  STO_SYMBOLIC_LINK: {
    meaning: 'A directory of the store is a symbolic link, which the store neither follows nor replaces.',
    remedy: 'Move what it leads to into its place, or move the whole store with `LIFECYCLE_HOME`.',
    exit: EXIT.failed,
  },
  STO_VERSION_DIFFERS: {
    meaning: 'The version is already published with other content.',
    remedy: 'Give the new content a version of its own, or replace the published one with `--overwrite`.',
    exit: EXIT.failed,
  },
  STO_WRITE_FAILED: {
    meaning: 'The store could not be written.',
    remedy: 'See the cause: free space, permissions, a read-only file system.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
