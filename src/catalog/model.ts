/** What the catalogue keeps of each template and product between two runs: all that lists, search and lineage need. */

export type State = 'ok' | 'warnings' | 'quarantined';

export interface VersionFacts {
  version: string;
  /** ISO time. */
  created: string;
  rows: number;
  bytes: number;
  state: State;
  /** Of each dataset's file; a build that took another one took another state of this version. */
  sha256: Record<string, string>;
  /** Whether its full report was there. */
  report: boolean;
}

export interface TemplateEntry {
  kind: 'template';
  id: string;
  name: string | null;
  description: string | null;
  /** Null for a template that is broken, or gone. */
  source: string | null;
  formats: string[];
  /** Of the newest version, else as the template declares them. */
  datasets: { id: string; columns: string[] }[];
  latest: string | null;
  problem: string | null;
  /** The one made last first. */
  versions: VersionFacts[];
}

export interface BuildFacts {
  key: string;
  version: string;
  created: string;
  outputs: number;
  bytes: number;
  inputs: { id: string; version: string | null; sha256: string | null; rows: number | null }[];
  report: boolean;
}

export interface ProductEntry {
  kind: 'product';
  id: string;
  problem: string | null;
  builds: BuildFacts[];
}

export type Entry = TemplateEntry | ProductEntry;

/** Pages by the paths of the site. Names are ids, versions and keys, which are names of files in the store already. */
export const sitePath = {
  template: (id: string) => `templates/${id}/index.html`,
  version: (id: string, version: string) => `templates/${id}/versions/${version}.html`,
  versionReport: (id: string, version: string) => `templates/${id}/reports/${version}.html`,
  product: (id: string) => `products/${id}/index.html`,
  build: (id: string, key: string) => `products/${id}/builds/${key}.html`,
  buildReport: (id: string, key: string) => `products/${id}/reports/${key}.html`,
  ages: 'ages.html',
  index: 'index.html',
  style: 'style.css',
  database: 'catalog.duckdb',
  state: 'catalog.json',
};

/** A link from one page of the site to another. */
export function href(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 1);
  return up + to.split('/').map(encodeURIComponent).join('/');
}
