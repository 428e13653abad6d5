import { counted } from '../counts.ts';
import { html, type Markup } from '../html/markup.ts';
import { table } from '../html/page.ts';
import { rowsOf } from '../project/vocabulary/step-arguments.ts';
import { STEPS, type StepName } from '../project/vocabulary/steps.ts';

/** What config.json tells of the steps of a dataset; another program may have written it, so every field may be missing. */
export interface DatasetConfig {
  attributes?: { name?: string; description?: string; url?: string };
  transformation?: {
    processing_mode?: string;
    file_format?: Record<string, unknown>;
    processing_steps?: { name?: string; args?: Record<string, unknown>; mode?: string }[];
    processing_steps_summaries?: StepSummary[];
  };
  source?: { attributes?: DatasetConfig['attributes']; source?: Record<string, unknown> };
}

interface StepSummary {
  description?: string;
  elapsed_seconds?: number;
  data_modifications?: Record<string, unknown>;
}

export interface ShownStep {
  name: string;
  args: Record<string, unknown>;
  description: string | undefined;
  seconds: number | undefined;
  /** Undefined where nothing tells it. */
  before: number | undefined;
  after: number | undefined;
}

/**
 * The steps with their rows, reckoned backwards from the rows of the result: nothing is counted for it. A step of which
 * neither its summary nor its kind tells how many rows it was given ends the reckoning.
 */
export function shownSteps({ transformation }: DatasetConfig, rows: number): ShownStep[] {
  const { processing_steps: steps = [], processing_steps_summaries: summaries = [] } = transformation ?? {};
  const shown: ShownStep[] = [];
  let after: number | undefined = rows;
  for (const [i, { name = '', args = {} }] of [...steps.entries()].toReversed()) {
    // One summary a step; a program that wrote others is not understood.
    const summary: StepSummary | undefined = summaries.length === steps.length ? summaries[i] : undefined;
    const told = summary?.data_modifications ?? {};
    after = number(told.rows_after) ?? after;
    const before = rowsBefore(name, args, told, after);
    const { description, elapsed_seconds: seconds } = summary ?? {};
    shown.unshift({ name, args, description, seconds, before, after });
    after = before;
  }
  return shown;
}

const number = (value: unknown) => (typeof value === 'number' ? value : undefined);

function rowsBefore(
  name: string,
  args: Record<string, unknown>,
  told: Record<string, unknown>,
  after: number | undefined,
): number | undefined {
  const before = number(told.rows_before);
  if (before !== undefined) return before;
  const [removed, added] = [number(told.rows_removed), number(told.added)];
  if (after === undefined) return undefined;
  if (removed !== undefined || added !== undefined) return after + (removed ?? 0) - (added ?? 0);
  return name in STEPS && rowsOf(name as StepName, args) === 'kept' ? after : undefined;
}

export function stepsPart(steps: readonly ShownStep[]): Markup {
  if (steps.length === 0) return html`<p class="soft">No steps: the rows are as the source gave them.</p>`;
  const right = (heading: string) => ({ heading, align: 'right' as const });
  const amount = (n: number | undefined) => (n === undefined ? '?' : counted(n));
  const rows = steps.map(({ name, args, description, before, after, seconds }, i) => [
    String(i + 1),
    html`<code>${name}</code>`,
    html`${description}${Object.keys(args).length > 0 && html`<div class="soft args"><code>${JSON.stringify(args)}</code></div>`}`,
    amount(before),
    amount(after),
    seconds === undefined ? '' : String(seconds),
  ]);
  return table(
    [
      right('#'),
      { heading: 'step' },
      { heading: 'what it did' },
      right('rows before'),
      right('rows after'),
      right('s'),
    ],
    rows,
  );
}
