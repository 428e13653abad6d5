import { closest } from '../suggest.ts';
import type { Declaration } from './declaration.ts';
import type { Settings } from './settings.ts';
import { type Environment, problemOf } from './values.ts';
import { OWN_PREFIX, patternOf, SECTIONS, VARIABLES } from './variables.ts';

/** A variable with what it is now. */
export interface SettingNow {
  name: string;
  section: string;
  /** As text; null where nothing holds. Of a secret too: masking is for whoever shows it. */
  value: string | null;
  /** `unset` has no value, or one that is found out when it is needed (`otherwise`). */
  from: 'environment' | 'option' | 'default' | 'unset';
  is_secret: boolean;
  takes: string;
  default: string | null;
  meaning: string;
  used_by: string;
  set_by: string | null;
  /** Why the value cannot be. */
  problem: string | null;
}

/** Every declared variable, and those of the environment that a pattern tells. */
export function settingsNow(settings: Settings): SettingNow[] {
  const declared = Object.entries(SECTIONS).flatMap(([section, variables]) =>
    Object.entries<Declaration>(variables).map(([name, declaration]) => now(name, section, declaration, settings)),
  );
  const named = Object.keys(settings.env).filter((name) => settings.env[name] && !Object.hasOwn(VARIABLES, name));
  const patterned = named.toSorted().flatMap((name) => {
    const pattern = patternOf(name);
    return pattern ? [now(name, pattern.name, pattern, settings)] : [];
  });
  return [...declared, ...patterned];
}

function now(name: string, section: string, declaration: Declaration, settings: Settings): SettingNow {
  const { kind, meaning, usedBy, setBy, otherwise } = declaration;
  const given = settings.env[name] || undefined;
  const usual = defaultText(declaration);
  const byOption = name === 'LIFECYCLE_PROJECT' && settings.projectBy === 'option';
  const value = FOUND[name]?.(settings) ?? shown(declaration, given) ?? null;
  return {
    name,
    section,
    value,
    from: byOption ? 'option' : given !== undefined ? 'environment' : value !== null ? 'default' : 'unset',
    is_secret: kind.isSecret === true,
    takes: kind.allowed,
    default: otherwise ?? usual ?? null,
    meaning,
    used_by: usedBy,
    set_by: setBy ?? null,
    problem: given === undefined ? null : (problemOf(name, given)?.message ?? null),
  };
}

/** Variables whose value is found out at the start, whatever the environment says. */
const FOUND: Readonly<Record<string, (settings: Settings) => string | undefined>> = {
  LIFECYCLE_PROJECT: (settings) => settings.projectDir,
  LIFECYCLE_HOME: (settings) => settings.storeDir,
  LIFECYCLE_AIRFLOW_HOME: (settings) => settings.airflowHome,
  LIFECYCLE_VENV: (settings) => settings.venvDir,
  LIFECYCLE_DCPY_PYTHON: (settings) => settings.dcpyPython,
};

/** What holds, as text; what cannot be as it is given. */
function shown(declaration: Declaration, given: string | undefined): string | undefined {
  const { kind, default: usual } = declaration;
  if (kind.show === undefined) return given ?? defaultText(declaration);
  const reading = given === undefined ? { value: usual } : kind.read(given);
  return reading.wrong === undefined ? kind.show(reading.value) : given;
}

/** A default as it would be written; undefined where there is none, or an empty one. */
export function defaultText({ default: usual }: Declaration): string | undefined {
  if (typeof usual === 'boolean') return usual ? 'on' : 'off';
  return typeof usual === 'string' || typeof usual === 'number' ? String(usual) : undefined;
}

/** Variables that begin as ours do and are none of ours, with the one that was probably meant. */
export function strangers(env: Environment): { name: string; nearest: string | null }[] {
  const ends = Object.keys(VARIABLES).flatMap((name) =>
    name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : [],
  );
  return Object.keys(env)
    .toSorted()
    .filter((name) => name.startsWith(OWN_PREFIX) && !Object.hasOwn(VARIABLES, name) && !patternOf(name))
    .map((name) => {
      // What all of them begin with would make everything near.
      const near = closest(name.slice(OWN_PREFIX.length), ends);
      return { name, nearest: near === undefined ? null : OWN_PREFIX + near };
    });
}
