/** Where each type of source takes its credentials from; docs/sources.md says it at length. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  socrata: 'set SOCRATA_USER and SOCRATA_PASSWORD, or SOCRATA_APP_TOKEN, or the Airflow connection lifecycle_socrata',
  s3: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the Airflow connection lifecycle_s3',
  axway: 'set AXWAY_SFTP_USER and AXWAY_SFTP_PASSWORD, or the Airflow connection lifecycle_axway',
  ginger: 'set SFTP_USER and SFTP_PASSWORD, or the Airflow connection lifecycle_ginger',
  usps_locations: 'set USPS_LOCATIONS_SESSION_HEADERS',
  web: 'give user, password, headers and parameters of the host by the Airflow connection AIRFLOW_CONN_LIFECYCLE_HTTP_<HOST> (docs/sources.md, Credentials)',
};

/** What to do with a secret that stands in a file of the project. */
export function insteadOfSecret(
  kind: 'template' | 'recipe' | 'product',
  location: readonly (string | number)[],
  sourceType: string | undefined,
): string {
  const changed = 'take it out, change it at its issuer, and ';
  if (kind === 'template') {
    if (!location.includes('source') || sourceType === undefined) return `${changed}keep it in the environment`;
    return changed + credentialsFor(sourceType);
  }
  const name = location.findLast((part) => typeof part === 'string' && /^[A-Z][A-Z0-9_]*$/.test(part)) ?? 'NAME';
  if (kind === 'product') {
    return `${changed}set ${name} in the environment; LIFECYCLE_BUILD_ENV=${name} hands it to the commands`;
  }
  return `${changed}set BUILD_ENV_${name} in the environment and write "{{ BUILD_ENV_${name} }}", or name it in LIFECYCLE_BUILD_ENV`;
}

function credentialsFor(type: string): string {
  if (type === 'open_data') return CREDENTIALS.socrata!;
  if (type.startsWith('edm.')) return CREDENTIALS.s3!;
  return CREDENTIALS[type] ?? CREDENTIALS.web!;
}
