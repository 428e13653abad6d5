import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { LifecycleError } from '../errors.ts';
import { argumentError, keyOf, optionalText, plainFilename, requiredText } from './arguments.ts';
import { USUAL_SITE_MAP } from './configured.ts';
import { versionOf } from './edm/layout.ts';
import { endpoint } from './endpoint.ts';
import { HttpClient } from './http/client.ts';
import { download } from './http/download.ts';
import { answerError, fetchJson } from './http/text.ts';
import type { SourceArguments, SourceContext, TellingConnector } from './source.ts';

const TYPE = 'bytes';
/** Which folder of the file server has which kind of file; of the zips each page has a folder of its own. */
const FOLDERS: Record<string, string> = {
  zip: 'zip/data-tools/bytes/',
  pdf: 'pdf/data-tools/bytes/',
  xlsx: 'excel/data-tools/bytes/',
};

const SITE_MAP = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      files: z.record(z.string(), z.object({ filename: z.string(), url_base_override: z.string().nullish() })),
      bytes_dataset_key: z.string().nullish(),
      file_resource_override: z.string().nullish(),
    }),
  ),
);

interface DownloadPage {
  /** Its name in the addresses of the site. */
  name: string;
  /** Its folder on the file server. */
  folder: string;
  files: Readonly<Record<string, { filename: string; url_base_override?: string | null | undefined }>>;
}

/** A file of BYTES of the BIG APPLE, the department's download site. The key is `product` or `product.dataset`. */
export const connector: TellingConnector = {
  type: TYPE,

  async latestVersion(args, context) {
    const page = await pageOf(args, context);
    const base = endpoint('BYTES_API', 'https://apps.nyc.gov', context);
    const url = `${base}/content-api/v1/content/planning/resources/datasets/${encodeURIComponent(page.name)}`;
    using client = new HttpClient(context);
    const content = z.object({ description: z.string() }).safeParse(await fetchJson(client, url, context));
    const { load } = await import('cheerio');
    const $ = load(content.data?.description ?? '');
    const texts = $('span')
      .map((_index, span) => $(span).text())
      .get();
    const release = texts.find((text) => text.includes('Latest Release:'))?.split(': ')[1];
    if (release === undefined)
      throw answerError(url, 'it names no “Latest Release:”, so it tells no version; give one');
    return release.trim().toLowerCase();
  },

  async fetch(args, destination, context) {
    const page = await pageOf(args, context);
    const id = requiredText(args, 'file_id', TYPE);
    const file = page.files[id];
    if (file === undefined) {
      throw argumentError(
        `${page.name} has no file ${JSON.stringify(id)}`,
        `its files: ${Object.keys(page.files).join(', ')}`,
      );
    }
    const filename = plainFilename(file.filename.replaceAll('{v}', versionOf(context, TYPE)), TYPE);
    const extension = path.extname(filename).slice(1);
    const folder = FOLDERS[extension];
    if (folder === undefined)
      throw argumentError(`${filename} is no file of the kinds ${Object.keys(FOLDERS).join(', ')}`);
    const base =
      file.url_base_override ?? `${endpoint('BYTES', 'https://s-media.nyc.gov', context)}/agencies/dcp/assets/files/`;
    return download(
      `${base}${folder}${extension === 'zip' ? `${page.folder}/` : ''}${filename}`,
      destination,
      filename,
      context,
    );
  },
};

async function pageOf(args: SourceArguments, context: SourceContext): Promise<DownloadPage> {
  const key = keyOf(args, TYPE);
  const [product = '', dataset = product, ...more] = key.split('.');
  if (more.length > 0) throw argumentError(`${JSON.stringify(key)} is no \`product\` or \`product.dataset\``);
  const page = (await siteMap(args, context))[product]?.[dataset];
  if (page === undefined) throw argumentError(`the site map has no ${product}.${dataset}`);
  const name = page.bytes_dataset_key || dataset.replaceAll('_', '-');
  return { name, folder: page.file_resource_override || name, files: page.files };
}

async function siteMap(args: SourceArguments, context: SourceContext): Promise<z.infer<typeof SITE_MAP>> {
  const given = optionalText(args, 'site_map', TYPE) ?? USUAL_SITE_MAP;
  const file = path.resolve(context.settings.projectDir, given);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new LifecycleError('SRC_ARGUMENTS', `a ${TYPE} source needs the site map ${given}, which cannot be read`, {
      hint: `put it at ${file}, or name another by \`site_map\` in the source`,
      cause: error,
    });
  }
  try {
    return SITE_MAP.parse(JSON.parse(text));
  } catch (error) {
    throw new LifecycleError(
      'SRC_ARGUMENTS',
      `${given} is no site map: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`,
      {
        hint: 'it maps products to datasets, and those to files with a `filename` each',
        cause: error,
      },
    );
  }
}
