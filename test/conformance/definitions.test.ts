import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LifecycleError } from '../../src/errors.ts';
import { readTemplate, resolveTemplate } from '../../src/project/template.ts';
import { casesFolder, type RecordedCase, recordedCases } from './cases.ts';

const folder = casesFolder(process.env);
const skip = folder === undefined ? 'no recorded cases: set LIFECYCLE_CASES to their folder' : false;
if (skip) console.error(`SKIPPED: ${skip}`);

/** How the department's engine words a refusal that comes from the definition alone. */
const BY_DEFINITION = /malformatted yml|'source'|processing steps|invalid arguments/;

/** Refused there and accepted here on purpose: docs/differences.md says why. */
const ACCEPTED_HERE = new Set(['sr_upper_out']);

async function refusalOf(recorded: RecordedCase): Promise<string | undefined> {
  const file = path.join(recorded.dir, 'template.yml');
  const template = await readTemplate(file, readFileSync(file, 'utf8'));
  try {
    await resolveTemplate(template, recorded.version);
  } catch (error) {
    assert.ok(error instanceof LifecycleError, `${recorded.name}: ${error}`);
    assert.ok(error.place && error.place.line > 0, `${recorded.name}: the refusal has no place`);
    assert.equal(template.definition, undefined, `${recorded.name}: refused with a version and accepted without`);
    return error.message;
  }
  return undefined;
}

for (const kind of ['edge', 'templates'] as const) {
  test(`definitions are accepted and refused as by the department's engine: ${kind}`, { skip }, async () => {
    for (const recorded of recordedCases(folder!, kind)) {
      const refusal = await refusalOf(recorded);
      // What is refused there only while it runs may be refused here before.
      if (refusal !== undefined) assert.equal(recorded.status, 'error', `${recorded.name}: ${refusal}`);
      else if (recorded.status === 'error' && BY_DEFINITION.test(recorded.reason ?? ''))
        assert.ok(ACCEPTED_HERE.has(recorded.name), `${recorded.name}: ${recorded.reason}`);
    }
  });
}
