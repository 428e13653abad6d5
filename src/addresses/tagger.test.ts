import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { writeUsaddress } from '../../test/fixtures/usaddress.ts';
import { type Reporter, silentReporter } from '../report.ts';
import { INSTALLATION, settingsFrom } from '../settings/settings.ts';
import { takeApart } from '../sources/scrapers/address.ts';
import { splitParts } from './split-address.ts';
import { withAddressTagger } from './tagger.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-addresses-'));
after(() => rmSync(dir, { recursive: true }));
const packages = path.join(dir, 'packages');
await writeUsaddress(packages);
const starts = path.join(dir, 'starts');
const python = path.join(process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv'), 'bin', 'python');

function contextWith(env: Record<string, string>, signal = new AbortController().signal) {
  const warnings: string[] = [];
  const reporter: Reporter = {
    ...silentReporter,
    log: (level, text) => void (level === 'warning' && warnings.push(text)),
  };
  const settings = settingsFrom(env, { project: dir, cwd: dir, stderrIsTerminal: false });
  return { settings, reporter, signal, warnings };
}

const here = { LIFECYCLE_PYTHON: python, PYTHONPATH: packages, FAKE_STARTS: starts };

test('one process takes all addresses apart, in order; what it cannot say is counted', async () => {
  const context = contextWith(here);
  const addresses = Array.from({ length: 500 }, (_, i) => (i % 100 === 7 ? 'TWICE' : `${i} MAIN ST`));
  const { parser, parts } = await withAddressTagger(context, async ({ parser, tag }) => ({
    parser,
    parts: await Promise.all(addresses.map(tag)),
  }));
  assert.equal(parser, 'usaddress 9.9');
  assert.deepEqual(
    parts.map((each) => each?.AddressNumber),
    addresses.map((_, i) => (i % 100 === 7 ? undefined : `n${i}`)),
  );
  assert.deepEqual(splitParts(parts[3]!), { houseNumber: 'n3', street: 'PRE MAIN ST' });
  assert.equal(readFileSync(starts, 'utf8'), 'started\n');
  assert.equal(context.warnings.length, 1);
  assert.match(context.warnings[0]!, /usaddress 9\.9 finds a part twice in 5 of the addresses/);
});

test('the package is looked for in each Python that is configured', async () => {
  const env = { ...here, LIFECYCLE_PYTHON: '/no/such/python', LIFECYCLE_DCPY_PYTHON: python };
  assert.equal(await withAddressTagger(contextWith(env), async ({ parser }) => parser), 'usaddress 9.9');
});

test('without the package there are rules, and one warning', async () => {
  const context = contextWith({ LIFECYCLE_PYTHON: python });
  for (let i = 0; i < 2; i++) {
    await withAddressTagger(context, async ({ parser, tag }) => {
      assert.equal(parser, 'rules');
      assert.equal(await tag('12 MAIN ST'), undefined);
    });
  }
  assert.equal(context.warnings.length, 1);
  assert.match(context.warnings[0]!, /rules.*LIFECYCLE_PYTHON/);
});

test('a process that dies is an error, not another split', async () => {
  await assert.rejects(
    withAddressTagger(contextWith(here), ({ tag }) => Promise.all([tag('1 A ST'), tag('DIE'), tag('2 B ST')])),
    { code: 'ING_PYTHON', cause: new Error('SystemError: the model is broken') },
  );
});

test('the work can be told to stop', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const work = withAddressTagger(contextWith(here, stop.signal), ({ tag }) => {
    stop.abort(reason);
    return tag('12 MAIN ST');
  });
  await assert.rejects(work, reason);
});

test('addresses of pages: the parts as the department puts them together, rules where there are none', async () => {
  const parts = { Recipient: 'Court', AddressNumber: '1', StreetName: 'Main', PlaceName: 'Bronx', ZipCode: '10451' };
  assert.deepEqual(await takeApart('…', { tag: async () => parts }), {
    placeName: 'Court',
    street: '1 Main',
    city: 'Bronx',
    state: undefined,
    zip: '10451',
  });
  assert.equal((await takeApart('…', { tag: async () => ({ BuildingName: 'Borough Hall' }) })).street, 'Borough Hall');
  const byRules = await takeApart('500 Pearl Street, New York, NY 10007', { tag: async () => undefined });
  assert.equal(byRules.street, '500 Pearl Street');
});
