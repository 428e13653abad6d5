interface JsonDocument {
  /** It says nothing but that something is wrong. */
  isError: boolean;
}

/** Members of which answers consist that hold no data. */
const ERROR_MEMBERS =
  /^(?:errors?|exceptions?|faults?|code|error_?code|status|status_?code|message|messages|details?|description|error_description|error_message|reason|title|type|instance|path|timestamp|request_?id|trace_?id|success|ok|data|result|results|documentation_url|help|id)$/i;
const TELLING = /^(?:errors?|exceptions?|faults?|error_?code|error_description|error_message)$/i;

/**
 * The JSON document that a text is. A table whose first cell begins with `{` or `[` is none.
 * @param whole whether the text goes to the end of the file
 */
export function jsonDocumentIn(sent: string, whole: boolean): JsonDocument | undefined {
  const text = unwrapped(sent);
  if (!/^(?:\{\s*["}]|\[\s*[{[\]])/.test(text)) return undefined;
  if (!whole) return isUnderWay(text) ? { isError: false } : undefined;
  try {
    return { isError: isError(JSON.parse(text)) };
  } catch {
    return undefined;
  }
}

/** Without what keeps a browser from running it, and without the call of a function around it. */
function unwrapped(text: string): string {
  const bare = text.replace(/^(?:\)\]\}',?|while\s*\(1\);|for\s*\(;;\);)\s*/, '');
  return /^[A-Za-z_$][\w.$]{0,100}\(\s*(\{[\s\S]*\})\s*\);?\s*$/.exec(bare)?.[1] ?? bare;
}

/** Whether a value consists of nothing but an error. */
function isError(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 1 && isError(value[0]);
  if (typeof value !== 'object' || value === null) return false;
  const members = Object.entries(value);
  const holdsData = members.some(
    ([name, member]) => !ERROR_MEMBERS.test(name) || (/^(?:data|results?)$/i.test(name) && !isNothing(member)),
  );
  if (holdsData) return false;
  const isTold = ([name, member]: [string, unknown]) =>
    (TELLING.test(name) && !isNothing(member)) ||
    (/^(?:success|ok)$/i.test(name) && member === false) ||
    (/^(?:status|code|status_?code)$/i.test(name) && isErrorStatus(member));
  const [only] = members;
  const isMereMessage = members.length === 1 && /^(?:message|detail)$/i.test(only![0]) && typeof only![1] === 'string';
  return isMereMessage || members.some(isTold);
}

/** A status of HTTP that is an error's. */
function isErrorStatus(value: unknown): boolean {
  return /^[45]\d\d$/.test(String(value));
}

function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === false ||
    value === '' ||
    value === 0 ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

/** Whether a text is the beginning of one object or list that has not ended yet. */
function isUnderWay(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[\s\S])*"?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    if (depth === 0) return false;
  }
  return true;
}
