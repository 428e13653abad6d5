import { IngestProject } from './project.ts';

/** A project of one small template, and its file before and after. */

export const OLD = 'id,name\n1,a\n2,b\n';
export const NEW = 'id,name\n1,a\n2,B\n3,c\n';

export async function tinyProject(...args: Parameters<typeof IngestProject.make>): Promise<IngestProject> {
  const project = await IngestProject.make(...args);
  await project.template('tiny');
  await project.write('tiny.csv', OLD);
  return project;
}
