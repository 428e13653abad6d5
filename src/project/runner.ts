/** What makes a version of a template: this program's own engine, or the department's. */
export const RUNNERS = ['native', 'dcpy'] as const;
export type Runner = (typeof RUNNERS)[number];
