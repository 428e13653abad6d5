import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Two bundles from the same sources: `airflow` is what Airflow's page loads, with its own React, and `page` stands alone.
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  define: { 'process.env.NODE_ENV': JSON.stringify('production') },
  build:
    mode === 'airflow'
      ? {
          emptyOutDir: false,
          outDir: process.env.LIFECYCLE_WEB_OUT,
          cssCodeSplit: false,
          lib: {
            entry: path.join(import.meta.dirname, 'src', 'plugin.tsx'),
            formats: ['iife'],
            name: 'LifecyclePage',
            fileName: () => 'airflow.js',
            cssFileName: 'airflow',
          },
          rollupOptions: {
            external: ['react', 'react-dom', 'react/jsx-runtime'],
            output: { globals: { react: 'React', 'react-dom': 'ReactDOM', 'react/jsx-runtime': 'ReactJSXRuntime' } },
          },
        }
      : { emptyOutDir: false, outDir: process.env.LIFECYCLE_WEB_OUT },
}));
