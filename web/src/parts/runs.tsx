import type * as React from 'react';
import { useEffect, useState } from 'react';
import { AIRFLOW, airflowPage, askAirflow } from '../client.ts';
import { State } from './strip.tsx';

/** A run of a DAG, as Airflow's REST API names it. */
export interface Run {
  dag_id: string;
  dag_run_id: string;
  state: string;
}

export interface RunWanted {
  dag: string;
  versions: readonly string[];
  /** Other values of the form. */
  values?: Record<string, unknown>;
}

const LOOK_EVERY_MS = 2000;
const HAS_ENDED = ['success', 'failed'];

/** Starts a run: one version is its partition key, several are a value of its form. @throws Refused */
export function startRun({ dag, versions, values = {} }: RunWanted): Promise<Run> {
  const [only] = versions;
  return askAirflow<Run>(new URL(`dags/${encodeURIComponent(dag)}/dagRuns`, AIRFLOW), {
    logical_date: null,
    conf: versions.length > 1 ? { ...values, versions } : values,
    ...(versions.length === 1 ? { partition_key: only } : {}),
  });
}

const addressOf = ({ dag_id, dag_run_id }: Run): string =>
  `dags/${encodeURIComponent(dag_id)}/dagRuns/${encodeURIComponent(dag_run_id)}`;

/** The state of a run until it has ended, with the way to its log. */
export function RunState({ run, onEnd }: { run: Run; onEnd?: (() => void) | undefined }): React.JSX.Element {
  const [state, setState] = useState(run.state);
  useEffect(() => {
    if (HAS_ENDED.includes(state)) return;
    const timer = setInterval(() => {
      askAirflow<Run>(new URL(addressOf(run), AIRFLOW)).then(
        (now) => {
          setState(now.state);
          if (HAS_ENDED.includes(now.state)) onEnd?.();
        },
        () => {},
      );
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [run, state, onEnd]);
  const href = airflowPage(`dags/${encodeURIComponent(run.dag_id)}/runs/${encodeURIComponent(run.dag_run_id)}`);
  return (
    <>
      <State state={state} /> <a href={href}>{run.dag_run_id}</a>
    </>
  );
}
