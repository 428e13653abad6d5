type Data = unknown;

const isMap = (value: Data): value is Record<string, Data> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: Data) =>
  Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;

/** Words that are nothing but letters are text in YAML, unless they are one of its own. */
function scalar(value: Data): string {
  const isPlain =
    typeof value === 'string' &&
    /^[A-Za-z][A-Za-z_]+$/.test(value) &&
    !/^(y|yes|no?|on|off|true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(value ?? null);
}

/** On one line, as YAML and JSON both read it. */
export function flow(value: Data): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isMap(value)) return scalar(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${scalar(key)}: ${flow(each)}`)
    .join(', ')}}`;
}

/** A document in blocks: keys in the order given, texts quoted wherever YAML might read something else. */
export function yamlText(value: Data): string {
  return `${block(value, '').join('\n')}\n`;
}

function block(value: Data, indent: string): string[] {
  if (Array.isArray(value) && !isEmpty(value)) {
    return value.flatMap((item: Data) => {
      const [first = '', ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isMap(value) || isEmpty(value)) return [`${indent}${flow(value)}`];
  return Object.entries(value).flatMap(([key, each]) => {
    const name = `${indent}${scalar(key)}:`;
    const isNested = (isMap(each) || (Array.isArray(each) && each.some((item) => isMap(item)))) && !isEmpty(each);
    if (!isNested) return [`${name} ${flow(each)}`];
    return [name, ...block(each, Array.isArray(each) ? indent : `${indent}  `)];
  });
}
