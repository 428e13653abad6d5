import { createSocket } from 'node:dgram';
import dns, { type LookupAllOptions, Resolver } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';

export interface NameServer extends AsyncDisposable {
  /** The names that were asked for, in order. */
  questions: string[];
}

const HEADER_BYTES = 12;

/**
 * A real DNS server on a port of this machine, which gives its answers one question after the other; the names of this
 * process are looked up there until it is disposed of. The system's own resolver cannot be told another port.
 */
export async function serveNames(answers: readonly (readonly string[])[]): Promise<NameServer> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = message[at]!; length > 0; length = message[at]!) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const found = answers[Math.min(questions.length, answers.length - 1)] ?? [];
    questions.push(labels.join('.'));
    const records = found.map((address) =>
      // Its name is the question's; type A, class IN, to be forgotten at once.
      Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    const header = Buffer.from([message[0]!, message[1]!, 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0]);
    socket.send(Buffer.concat([header, message.subarray(HEADER_BYTES, at + 5), ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const { lookup } = dns;
  type Callback = (error: Error | null, found: { address: string; family: number }[]) => void;
  const asked = (name: string, options: LookupAllOptions, callback: Callback) => {
    // An address is its own answer.
    if (isIP(name) !== 0) return lookup(name, options, callback);
    return resolver.resolve4(name, (error, found = []) =>
      callback(
        error,
        found.map((address) => ({ address, family: 4 })),
      ),
    );
  };
  dns.lookup = asked as unknown as typeof dns.lookup;
  syncBuiltinESMExports();
  return {
    questions,
    async [Symbol.asyncDispose]() {
      dns.lookup = lookup;
      syncBuiltinESMExports();
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
