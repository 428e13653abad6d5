import { LifecycleError } from '../errors.ts';
import type { DatasetDefinition, ProcessingStep } from '../project/project.ts';
import type { Relation } from '../relation/relation.ts';
import { closest } from '../suggest.ts';
import { lateError } from './late-error.ts';
import { applyStep } from './steps/registry.ts';
import type { StepContext } from './steps/step.ts';
import type { StepChange } from './summary.ts';

interface Processed {
  relation: Relation;
  /** What ran, the implied reprojection included. */
  changes: StepChange[];
}

/**
 * The steps that run: those without a mode and those of the mode that was asked for; with a target CRS and no step
 * in the template that reprojects, a reprojection comes first.
 *
 * @throws LifecycleError ING_UNKNOWN_MODE
 */
export function plannedSteps(dataset: DatasetDefinition, mode: string | null): ProcessingStep[] {
  const modes = [...new Set(dataset.processing_steps.map((step) => step.mode).filter((m) => m !== null))];
  if (mode !== null && !modes.includes(mode)) {
    const near = closest(mode, modes);
    const others = modes.length > 0 ? `its modes are ${modes.join(', ')}` : 'it has no modes: leave --mode out';
    throw new LifecycleError('ING_UNKNOWN_MODE', `no step of ${dataset.id} has mode ${JSON.stringify(mode)}`, {
      hint: near ? `did you mean ${near}?` : others,
    });
  }
  const selected = dataset.processing_steps.filter((step) => step.mode === null || step.mode === mode);
  // A step of another mode counts here: it says that the template sees to reprojection itself.
  const reprojects = dataset.processing_steps.some((step) => step.name === 'reproject');
  if (dataset.target_crs === null || reprojects) return selected;
  return [{ name: 'reproject', args: { target_crs: dataset.target_crs }, mode: null }, ...selected];
}

/** Runs a dataset's steps one after another. */
export async function process(
  relation: Relation,
  dataset: DatasetDefinition,
  mode: string | null,
  context: StepContext,
): Promise<Processed> {
  const steps = plannedSteps(dataset, mode);
  const changes: StepChange[] = [];
  let current = relation;
  for (const step of steps) {
    context.signal.throwIfAborted();
    const started = new Date();
    const before = current;
    const notes: Record<string, unknown> = {};
    try {
      const noting: StepContext = { ...context, note: (facts) => Object.assign(notes, facts) };
      current = await applyStep(step.name, before, step.args, noting);
    } catch (error) {
      throw inStep(error, dataset, step, context);
    }
    changes.push({ step, before, after: current, started, ended: new Date(), notes });
  }
  return { relation: current, changes };
}

/** Says which step failed, as its template counts them; an error of the database becomes one of the catalogue. */
function inStep(error: unknown, dataset: DatasetDefinition, step: ProcessingStep, context: StepContext): unknown {
  if (context.signal.aborted) return context.signal.reason;
  const number = dataset.processing_steps.indexOf(step) + 1;
  // The reprojection that a target CRS asks for stands nowhere in the template's list.
  const where =
    number === 0 ? `${dataset.id}, target_crs (${step.name})` : `${dataset.id}, step ${number} (${step.name})`;
  const facts = { dataset: dataset.id, step: step.name, ...(number === 0 ? {} : { number }) };
  if (error instanceof LifecycleError) {
    return new LifecycleError(error.code, `${where}: ${error.message}`, {
      hint: error.hint,
      place: error.place,
      cause: error.cause,
      details: { ...error.details, ...facts },
    });
  }
  const late = lateError(error, where);
  if (late instanceof LifecycleError && late.code === 'ING_BAD_EXPRESSION') return late;
  return new LifecycleError('ING_STEP_FAILED', `${where} could not be carried out`, {
    cause: error,
    hint: 'see the cause; a value of an unexpected kind is the usual reason',
    details: facts,
  });
}
