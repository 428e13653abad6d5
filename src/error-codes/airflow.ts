import { type CodeFacts, EXIT } from './facts.ts';

/** AIR_…: Airflow. */
export const AIRFLOW_CODES = {
  AIR_NOT_INSTALLED: {
    meaning: 'The Python environment with Airflow is not there.',
    remedy: 'Run `npm start` once: it installs what is missing.',
    exit: EXIT.failed,
  },
  AIR_PORT_TAKEN: {
    meaning: 'Another program listens on the port that was asked for.',
    remedy: 'Choose another with `--port`, or leave the option away to get a free one.',
    exit: EXIT.failed,
  },
  AIR_DATABASE: {
    meaning: "The database for Airflow's history could not be made, started or brought up to date.",
    remedy: 'See the cause and logs/server/postgres.log in the Airflow home, or choose another with `--database`.',
    exit: EXIT.failed,
  },
  AIR_COMPONENT: {
    meaning: 'A part of Airflow does not stay up.',
    remedy: 'See its log; the message names it.',
    exit: EXIT.failed,
  },
  AIR_BUSY: {
    meaning: 'A server runs on the same Airflow home already.',
    remedy: 'Use that one, or end it with `lifecycle airflow stop`.',
    exit: EXIT.busy,
  },
  AIR_PASSWORDS: {
    meaning: 'The file of logins, passwords.json in the Airflow home, cannot be read.',
    remedy: 'Mend it: one JSON object of users and passwords. Without the file, new passwords are made.',
    exit: EXIT.failed,
  },
  AIR_SECRETS: {
    meaning: 'The file of keys, secrets.json in the Airflow home, is damaged.',
    remedy:
      'Put a copy of it back, or move the whole Airflow home away: that loses logins and the history of runs only.',
    exit: EXIT.failed,
  },
  AIR_STOP: {
    meaning: 'The server did not end in time after it was asked to.',
    remedy: 'Kill the process that the message names, then run `lifecycle airflow stop` again.',
    exit: EXIT.failed,
  },
  AIR_NOT_RUNNING: {
    meaning: 'No Airflow server runs on this project.',
    remedy: 'Start one with `lifecycle airflow start`, or name another in LIFECYCLE_AIRFLOW_URL.',
    exit: EXIT.failed,
  },
  AIR_UNREACHABLE: {
    meaning: 'The Airflow server does not answer.',
    remedy: 'Check its address, and whether it runs: `lifecycle airflow status`.',
    exit: EXIT.failed,
  },
  AIR_REFUSED: {
    meaning: 'Airflow understood the request and refused it.',
    remedy: 'The message holds its reason: a bad version, an unknown DAG, a login that is not valid.',
    exit: EXIT.failed,
  },
  AIR_PAUSED: {
    meaning: 'The DAG of a run is paused in Airflow.',
    remedy: 'Switch the DAG on in Airflow, then run the same again.',
    exit: EXIT.failed,
  },
  AIR_RUN_FAILED: {
    meaning: 'A run in Airflow failed.',
    remedy: 'The message holds the last error of each failed task; their logs in Airflow hold the rest.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
