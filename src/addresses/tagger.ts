import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { type LineProcess, startTagger } from './tagger-process.ts';

/** The parts of an address by usaddress's names (`AddressNumber`, `StreetName`, …). */
export type AddressParts = Readonly<Record<string, string>>;

export interface AddressTagger {
  /** For the record: `usaddress 0.5.16`, or `rules`. */
  parser: string;
  /** Undefined where the model cannot say, and where there is none: rules have to do then. */
  tag(address: string): Promise<AddressParts | undefined>;
}

export interface TaggerContext {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
}

const RULES: AddressTagger = { parser: 'rules', tag: () => Promise.resolve(undefined) };
const warned = new WeakSet<Reporter>();

/**
 * Gives `work` what takes addresses apart: the package usaddress in one of the Python environments that are configured,
 * by one process for all addresses, or nothing. Answers come in the order of the questions, many of which may wait.
 *
 * @throws LifecycleError ING_PYTHON where the process dies before the work is done
 */
export async function withAddressTagger<T>(
  context: TaggerContext,
  work: (tagger: AddressTagger) => Promise<T>,
): Promise<T> {
  const running = await firstRunning(context);
  if (running === undefined) {
    warnOnce(context);
    return work(RULES);
  }
  const { child, parser } = running;
  let unsettled = 0;
  try {
    const result = await work({
      parser,
      async tag(address) {
        const parts = (await child.ask(address)) as AddressParts | null;
        if (parts === null) unsettled++;
        return parts ?? undefined;
      },
    });
    if (unsettled > 0) {
      const text = `${parser} finds a part twice in ${unsettled.toLocaleString('en-US')} of the addresses; those are taken apart by rules`;
      context.reporter.log('warning', text);
    }
    return result;
  } finally {
    await child.close();
  }
}

async function firstRunning(context: TaggerContext): Promise<{ child: LineProcess; parser: string } | undefined> {
  const { python, dcpyPython } = context.settings;
  const pythons = [...new Set([python, dcpyPython])].filter((each) => each !== undefined);
  for (const each of pythons) {
    context.signal.throwIfAborted();
    const child = startTagger(each, context);
    const hello = (await child.first().catch(() => undefined)) as { parser?: string } | undefined;
    if (hello?.parser !== undefined) return { child, parser: hello.parser };
    await child.close();
  }
  context.signal.throwIfAborted();
  return undefined;
}

function warnOnce({ reporter }: TaggerContext): void {
  if (warned.has(reporter)) return;
  warned.add(reporter);
  reporter.log(
    'warning',
    'addresses are taken apart by rules, which agree with usaddress on usual ones: no configured Python has that package (LIFECYCLE_PYTHON, LIFECYCLE_DCPY_PYTHON, .venv of the project)',
  );
}
