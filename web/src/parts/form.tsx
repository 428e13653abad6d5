import type * as React from 'react';
import { useId } from 'react';
import type { AssetDetail } from '../../../src/serve/api.ts';

type Field = AssetDetail['form'][number];
export type Values = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What differs from the form's own values, which is all that a run need be told. */
export function changedValues(form: readonly Field[], values: Values): Values {
  const changed = form.filter(
    ({ name, value }) => name in values && JSON.stringify(values[name]) !== JSON.stringify(value),
  );
  return Object.fromEntries(changed.map(({ name }) => [name, values[name]]));
}

/** The fields that Airflow's own dialog shows, but for the versions; those with a section lie folded. */
export function Fields({
  form,
  values,
  setValues,
}: {
  form: readonly Field[];
  values: Values;
  setValues: (values: Values) => void;
}): React.JSX.Element {
  const sections = Map.groupBy(form, ({ schema }) => text(schema.section));
  return (
    <>
      {[...sections].map(([section, fields]) => {
        const drawn = fields.map((field) => (
          <FieldOf
            key={field.name}
            field={field}
            value={field.name in values ? values[field.name] : field.value}
            onChange={(value) => setValues({ ...values, [field.name]: value })}
          />
        ));
        if (section === '') return drawn;
        return (
          <details key={section}>
            <summary>{section}</summary>
            {drawn}
          </details>
        );
      })}
    </>
  );
}

function FieldOf({
  field: { name, schema },
  value,
  onChange,
}: {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
}): React.JSX.Element {
  const id = useId();
  const title = text(schema.title) || name;
  const description = text(schema.description);
  const { enum: choices } = (schema.items ?? {}) as { enum?: string[] };
  const note = description !== '' && (
    <span className="note" id={`${id}-note`}>
      {description}
    </span>
  );
  if (schema.type === 'boolean') {
    return (
      <div className="field">
        <label>
          <input type="checkbox" checked={value === true} onChange={(e) => onChange(e.target.checked)} /> {title}
        </label>
        {note}
      </div>
    );
  }
  if (schema.type === 'array') {
    const chosen = Array.isArray(value) ? (value as string[]) : [];
    return (
      <fieldset className="field">
        <legend>{title}</legend>
        {(choices ?? []).map((choice) => (
          <label key={choice}>
            <input
              type="checkbox"
              checked={chosen.includes(choice)}
              onChange={(e) => onChange(e.target.checked ? [...chosen, choice] : chosen.filter((c) => c !== choice))}
            />{' '}
            {choice}
          </label>
        ))}
        {note}
      </fieldset>
    );
  }
  const examples = Array.isArray(schema.examples) ? schema.examples.map(String) : [];
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      <input
        id={id}
        list={examples.length > 0 ? `${id}-examples` : undefined}
        pattern={text(schema.pattern) || undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        value={text(value)}
        onChange={(e) => onChange(e.target.value === '' ? null : e.target.value)}
      />
      {examples.length > 0 && (
        <datalist id={`${id}-examples`}>
          {examples.map((example) => (
            <option key={example} value={example} />
          ))}
        </datalist>
      )}
      {note}
    </div>
  );
}
