import { createHmac } from 'node:crypto';

/** A host key as OpenSSH files hold it: its type, and the key in base64. */
export interface HostKey {
  type: string;
  key: string;
}

export interface KnownHost {
  keys: HostKey[];
  revoked: HostKey[];
}

/** What a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) says of a host. Certificate authorities are left out. */
export function knownHost(text: string, host: string, port: number): KnownHost {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const found: KnownHost = { keys: [], revoked: [] };
  for (const line of text.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [patterns = '', type = '', key = ''] = fields;
    if (marker === '@cert-authority' || key === '' || !matches(patterns, name)) continue;
    (marker === '@revoked' ? found.revoked : found.keys).push({ type, key });
  }
  return found;
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = patterns.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!globMatches(negated ? pattern.slice(1) : pattern, name.toLowerCase())) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
