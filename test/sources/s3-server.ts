import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import { pythonEnvironment } from '../python-environment.ts';

const LOCK = fileURLToPath(new URL('s3-server/requirements.lock', import.meta.url));

/** The Python that has the server; or why there is none: the test is then skipped, and says so. */
export async function s3ServerPython(): Promise<{ python: string } | { missing: string }> {
  const environment = await pythonEnvironment('s3-server', LOCK);
  return 'python' in environment ? environment : { missing: `NOT TESTED: ${environment.missing}` };
}

export interface S3Server extends AsyncDisposable {
  url: string;
  keyId: string;
  secret: string;
}

/**
 * Starts an S3-compatible server that verifies signatures, with these objects in it.
 * @param objects contents by `bucket/key`
 */
export async function startS3Server(
  python: string,
  objects: Readonly<Record<string, string | Buffer>>,
): Promise<S3Server> {
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  };
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const match = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
        if (match?.[1]) resolve(match[1]);
      });
      child.on('exit', (code) => reject(new Error(`the S3 server ended with ${code}: ${output}`)));
    });
    const access = await fill(url, objects);
    return { url, ...access, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(url: string, objects: Readonly<Record<string, string | Buffer>>) {
  const admin = new AwsClient({ accessKeyId: 'admin', secretAccessKey: 'admin', region: 'us-east-1', service: 's3' });
  const send = async (target: string, init: RequestInit & { aws?: { service: string } }) => {
    const answer = await admin.fetch(target, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text}`);
    return text;
  };
  for (const bucket of new Set(Object.keys(objects).map((name) => name.split('/')[0]))) {
    await send(`${url}/${bucket}`, { method: 'PUT' });
  }
  for (const [name, content] of Object.entries(objects)) {
    const address = `${url}/${name.split('/').map(encodeURIComponent).join('/')}`;
    await send(address, { method: 'PUT', body: Buffer.isBuffer(content) ? new Uint8Array(content) : content });
  }
  const iam = (parameters: Record<string, string>) =>
    send(`${url}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Version: '2010-05-08', UserName: 'reader', ...parameters }).toString(),
      aws: { service: 'iam' },
    });
  await iam({ Action: 'CreateUser' });
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  await iam({ Action: 'PutUserPolicy', PolicyName: 'read', PolicyDocument: JSON.stringify(policy) });
  const keys = await iam({ Action: 'CreateAccessKey' });
  const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(keys)?.[1] ?? '';
  // From here on every signature is verified.
  await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  return { keyId: field('AccessKeyId'), secret: field('SecretAccessKey') };
}
