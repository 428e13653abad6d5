/** Exit codes of every command, one meaning each. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  /** Made and kept, but a check failed: nobody takes it by itself. */
  quarantined: 4,
  /** EX_TEMPFAIL of sysexits.h: somebody else holds it, try again. */
  busy: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** What is known of a code. */
export interface CodeFacts {
  /** What happened, without the particulars. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
  exit: number;
}
