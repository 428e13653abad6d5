import type { Command } from 'commander';
import { profileOf } from '../profile/profile.ts';
import { resolveData } from '../store/reference.ts';
import { drawProfile } from './draw-profile.ts';
import type { Run } from './program.ts';
import { referenceScope } from './reference-scope.ts';

export function register(program: Command, run: Run): void {
  program
    .command('profile')
    .description('what is in the columns of a dataset: nulls, different and frequent values, distribution, geometry')
    .argument('<data>', 'ID, ID@VERSION, builds.PRODUCT@KEY.OUTPUT, or the path of a Parquet file')
    .action(
      run(async (context, text: string) => {
        const data = await resolveData(referenceScope(context), text);
        const profile = await profileOf(data, context);
        context.print(
          context.json
            ? JSON.stringify({ name: data.name, ...profile }, null, 2)
            : drawProfile(data.name, profile).join('\n'),
        );
        return undefined;
      }),
    );
}
