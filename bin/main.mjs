// Runs the program: bundled where that is of these sources, else the sources, whose lines a person who debugs wants to see.
import { bundledProgram } from './bundled.mjs';

await import((!process.env.LIFECYCLE_DEBUG && bundledProgram()) || '../src/cli/main.ts');
