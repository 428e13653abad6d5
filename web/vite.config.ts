import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const inSource = (name: string) => path.join(import.meta.dirname, 'src', name);
/** What Airflow's page has loaded already, and keeps under global names. */
const OF_AIRFLOW = ['react', 'react-dom', 'react/jsx-runtime'].map((name) => ({
  find: new RegExp(`^${name}$`),
  replacement: inSource(`host/${path.basename(name)}.ts`),
}));

// Two bundles from the same sources: `airflow` is what Airflow's page loads, with that page's React; the other stands
// alone. Modules and not one script: the map is loaded when somebody looks at one, and finds its worker by its address.
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  resolve: { alias: mode === 'airflow' ? OF_AIRFLOW : [] },
  worker: { format: 'es' as const },
  build: {
    emptyOutDir: false,
    outDir: process.env.LIFECYCLE_WEB_OUT,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    modulePreload: false,
    ...(mode === 'airflow'
      ? {
          rollupOptions: {
            onLog: refuseMissing,
            input: inSource('plugin.tsx'),
            preserveEntrySignatures: 'strict' as const,
            output: { entryFileNames: 'airflow.js', assetFileNames: nameOfAirflowAsset },
          },
        }
      : {}),
  },
}));

/** What `host` does not hand on from Airflow's React is no warning: the page would be empty there. */
function refuseMissing(
  level: string,
  log: { code?: string; message: string },
  handler: (level: never, log: never) => void,
) {
  if (log.code === 'IMPORT_IS_UNDEFINED') throw new Error(log.message);
  handler(level as never, log as never);
}

/** The style of the page itself has a name that `plugin.tsx` knows; the others' change with what is in them. */
function nameOfAirflowAsset({ names }: { names: string[] }): string {
  return names.includes('plugin.css') ? 'airflow.css' : 'assets/[name]-[hash][extname]';
}
