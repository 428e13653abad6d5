import type { Command } from 'commander';
import { AirflowClient, type DagRun } from '../airflow/client.ts';
import { findServer } from '../airflow/find-server.ts';
import { refusePaused, tellStandstill } from '../airflow/standstill.ts';
import { patientAirflow } from '../backfill/airflow-patience.ts';
import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { dagIdFor, parsePartitionKey, templateIdFrom, type Version } from '../ids.ts';
import type { Settings } from '../settings/settings.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

/** Where `latest` points, to say once what a run over several versions made of it; undefined for another's store. */
async function latestOf(settings: Settings, id: string): Promise<{ version: Version | undefined } | undefined> {
  const template = templateIdFrom(id);
  if (settings.value('LIFECYCLE_AIRFLOW_URL') || !template) return undefined;
  return { version: await openIngestStore(storeLayout(settings.storeDir)).pointer(template) };
}

interface Outcome extends DagRun {
  url: string;
  reasons?: string[];
}

async function trigger(
  context: CommandContext,
  kind: string,
  id: string,
  keys: string[],
  options: { wait?: boolean },
): Promise<ExitCode> {
  if (kind !== 'ingest' && kind !== 'build') {
    throw new LifecycleError('LIF_USAGE', `${JSON.stringify(kind)} can not be triggered`, {
      hint: 'use ingest or build',
    });
  }
  // All keys are looked at before the first run starts.
  const partitionKeys = keys.map(parsePartitionKey);
  const client = new AirflowClient(await findServer(context.settings));
  const dagId = dagIdFor(kind, id);
  const before = kind === 'ingest' ? await latestOf(context.settings, id) : undefined;
  await refusePaused(client, dagId, 'run the same command again');
  const outcomes: Outcome[] = [];
  // A web server that is started anew ends no run.
  const patient = patientAirflow(client, context.reporter);
  for (const partitionKey of partitionKeys) {
    const run = await client.trigger(dagId, { partitionKey });
    const url = `${client.url}/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(run.dag_run_id)}`;
    context.reporter.log('info', `${id} ${partitionKey}: ${run.state}`, { run: url });
    outcomes.push({ ...run, url });
  }
  if (options.wait) {
    const stopTelling = tellStandstill(client, dagId, context.reporter);
    try {
      for (const outcome of outcomes) {
        Object.assign(outcome, await patient(() => client.waitForRun(outcome, context.signal), context.signal));
        if (outcome.state === 'failed') outcome.reasons = await patient(() => client.reasons(outcome), context.signal);
      }
    } finally {
      stopTelling();
    }
  }
  if (options.wait && before) {
    const after = await latestOf(context.settings, id);
    if (after && after.version !== before.version) {
      context.reporter.log('info', `latest of ${id}: ${before.version ?? 'none'} → ${after.version ?? 'none'}`);
    }
  }
  if (context.json) {
    context.print(
      JSON.stringify(
        outcomes.map(({ dag_id, dag_run_id, partition_key, state, url, reasons }) => {
          return { dag_id, dag_run_id, partition_key, state, url, reasons };
        }),
        null,
        2,
      ),
    );
  } else for (const { partition_key, state } of outcomes) context.print(`${id} ${partition_key}: ${state}`);

  const failed = outcomes.filter(({ state }) => state === 'failed');
  for (const { partition_key, reasons, url } of failed) {
    context.reporter.error(
      new LifecycleError('AIR_RUN_FAILED', `${id} ${partition_key} failed: ${reasons?.join('; ') ?? 'see its log'}`, {
        hint: `open ${url}`,
      }),
    );
  }
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}

export function register(program: Command, run: Run): void {
  program
    .command('trigger')
    .description('start runs in Airflow, one for each version or partition key')
    .argument('<kind>', 'ingest or build')
    .argument('<id>', 'the template or the product')
    .argument('<key...>', 'versions, or partition keys')
    .option('--wait', 'wait until the runs have ended; a failed one makes this command fail')
    .action(run(trigger));
}
