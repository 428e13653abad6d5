import { Readable } from 'node:stream';
import type { SFTPWrapper } from 'ssh2';
import { LifecycleError } from '../errors.ts';
import { keyOf, optionalText, plainFilename } from './arguments.ts';
import { checksumArguments } from './file-download.ts';
import { connect, type SftpServer, type SftpSession, sftpServer } from './sftp/connection.ts';
import { isMissing, namesIn, readRemote, statOf } from './sftp/remote-file.ts';
import type { SourceConnector } from './source.ts';
import { paced } from './transfer/paced.ts';
import { transferPolicy } from './transfer/policy.ts';
import { AttemptFailure } from './transfer/retry.ts';
import { type Opened, type Progress, transferFile } from './transfer/transfer-file.ts';
import { networkFailure } from './transfer/trouble.ts';

/** Names of a folder that a hint can hold. */
const SHOWN = 10;

/**
 * A file of an SFTP server.
 * @param prefix of the variables that name the server and its credentials
 */
function sftpConnector(type: string, prefix: 'AXWAY_SFTP' | 'SFTP', usualHost?: string): SourceConnector {
  return {
    type,
    async fetch(args, destination, context) {
      const file = keyOf(args, type);
      const filename = plainFilename(optionalText(args, 'filename', type) ?? file, type);
      const checksums = checksumArguments(args, type);
      const server = await sftpServer(type, prefix, usualHost, context);
      const policy = transferPolicy(context.settings.value('LIFECYCLE_TRANSFER'), context.policy);
      const shown = `sftp://${server.host}${server.port === 22 ? '' : `:${server.port}`}/${file.replace(/^\/+/, '')}`;
      let session: SftpSession | undefined;

      const open = async ({ bytes, validator }: Progress, signal: AbortSignal): Promise<Opened> => {
        session?.[Symbol.dispose]();
        session = await connect(server, policy, signal);
        const { sftp } = session;
        const silent = setTimeout(() => session?.[Symbol.dispose](), policy.answerMs);
        const { size, mtime } = await statOf(sftp, file)
          .catch(async (error: unknown) => {
            throw isMissing(error) ? await missing(sftp, file, shown) : networkFailure(error, server.host);
          })
          .finally(() => clearTimeout(silent));
        const current = `${size} bytes of ${mtime}`;
        const from = validator === current ? bytes : 0;
        const body = Readable.from(readRemote(sftp, file, from, size), { objectMode: false });
        endWith(session, body, server);
        return {
          from,
          validator: current,
          total: size,
          checksums,
          chunks: paced(body, { host: server.host, policy, signal, promised: size - from }),
          facts: { url: shown, last_modified: new Date(mtime * 1000).toISOString() },
        };
      };

      try {
        return await transferFile({ destination, filename, shown, policy, open }, context);
      } finally {
        session?.[Symbol.dispose]();
      }
    },
  };
}

/** Requests that are under way when a connection ends get no answer, so the body is ended from here. */
function endWith({ sftp }: SftpSession, body: Readable, server: SftpServer): void {
  sftp.on('close', () => {
    if (!body.readableEnded && !body.destroyed) {
      body.destroy(Object.assign(new Error(`${server.host} cut the connection`), { code: 'ECONNRESET' }));
    }
  });
}

async function missing(sftp: SFTPWrapper, file: string, shown: string): Promise<AttemptFailure> {
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.';
  const names = await namesIn(sftp, folder).catch(() => undefined);
  const more = names && names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  const error = new LifecycleError('SRC_NOT_FOUND', `there is no ${shown}`, {
    hint: names
      ? `${folder} holds ${names.slice(0, SHOWN).join(', ') || 'nothing'}${more}`
      : `there is no folder ${folder} either`,
  });
  return new AttemptFailure(error, { passing: false });
}

/** The department's file server. */
export const ginger = sftpConnector('ginger', 'SFTP');
/** Axway SecureTransport, by which the Department of Finance sends its files. */
export const axway = sftpConnector('axway', 'AXWAY_SFTP', 'securetransport.nyc.gov');
