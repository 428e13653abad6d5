import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { familyOf, killFamilies, killFamiliesNow, signalGroup } from '../processes/families.ts';
import { listProcesses } from '../processes/process-table.ts';
import type { Reporter } from '../report.ts';
import { Component, type ComponentPlan, lastLines } from './component.ts';
import { PAGE_SERVER } from './page-server.ts';

/** How long tasks may take to clean up after they were told to stop. */
const TASKS_STOP_WITHIN_MS = 12_000;
/** A component that fails this often before the server was healthy once will not get better by another try. */
const HOPELESS_AFTER = 4;

/** Keeps the server's programs running, and ends them so that nothing is left: neither tasks nor workers. */
export class Supervisor {
  readonly #components: Component[] = [];
  readonly #reporter: Reporter;
  readonly #onChange: () => void;

  constructor(reporter: Reporter, onChange: () => void) {
    this.#reporter = reporter;
    this.#onChange = onChange;
  }

  get components(): readonly Component[] {
    return this.#components;
  }

  get leaders(): ReadonlySet<number> {
    return new Set(this.#components.flatMap((component) => [...component.leaders]));
  }

  async start(plan: ComponentPlan): Promise<Component> {
    const component = new Component(plan, this.#reporter, this.#onChange);
    this.#components.push(component);
    await component.start();
    return component;
  }

  /** Ends a component that runs and does not work; one that is not ours, or is about to start, is left alone. */
  async restart(name: string, reason: string): Promise<void> {
    await this.#named(name)?.restart(reason);
  }

  /** @throws LifecycleError AIR_COMPONENT when a component keeps ending by itself */
  async assertHopeful(): Promise<void> {
    for (const { plan, failures } of this.#components) {
      if (failures < HOPELESS_AFTER) continue;
      const tail = await lastLines(plan.logFile, 8);
      throw new LifecycleError('AIR_COMPONENT', `${plan.name} ended by itself ${failures} times`, {
        hint: `see ${plan.logFile}`,
        cause: new Error(tail.at(-1) ?? 'it printed nothing'),
        details: { log: tail },
      });
    }
  }

  /** Leaders of the process groups of running tasks: each one that the scheduler's workers run leads one of its own. */
  #tasks(): number[] {
    const leaders = this.#named('scheduler')?.leaders ?? new Set<number>();
    return familyOf(listProcesses(), leaders)
      .filter((row) => row.pid === row.group && !leaders.has(row.pid))
      .map((row) => row.pid);
  }

  #named(name: string): Component | undefined {
    return this.#components.find((component) => component.plan.name === name);
  }

  /** Ends everything at once, without waiting for it: for a process that is about to end itself. */
  cutOff(): void {
    killFamiliesNow(this.leaders);
  }

  /** Of a defect of ours nothing must be left running either. Gives the function that ends this. */
  endWithCrash(): () => void {
    const end = () => this.cutOff();
    process.once('uncaughtExceptionMonitor', end);
    return () => void process.off('uncaughtExceptionMonitor', end);
  }

  /**
   * Ends everything, in the order that lets each one report to the next: tasks with the scheduler, the others, the
   * web server that they report to, the database. The scheduler waits for its tasks, so these are told to stop as well;
   * whoever is late is killed.
   */
  async stop(): Promise<void> {
    const scheduler = this.#named('scheduler');
    const first = ['scheduler', 'triggerer', 'dag-processor', PAGE_SERVER].flatMap((name) => this.#named(name) ?? []);
    let schedulerEnded = scheduler === undefined;
    const ending = Promise.all(first.map((component) => component.stop())).then(() => {
      schedulerEnded = true;
    });
    const told = new Set<number>();
    const until = Date.now() + TASKS_STOP_WITHIN_MS;
    while (!schedulerEnded && Date.now() < until) {
      for (const task of this.#tasks()) {
        if (told.has(task)) continue;
        told.add(task);
        signalGroup(task, 'SIGTERM');
      }
      await Promise.race([ending, sleep(300)]);
    }
    for (const task of this.#tasks()) signalGroup(task, 'SIGKILL');
    await ending;
    await this.#named('api-server')?.stop();
    await this.#named('postgres')?.stop();
    await killFamilies(this.leaders);
  }
}
