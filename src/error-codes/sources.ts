import { type CodeFacts, EXIT } from './facts.ts';

/** SRC_…: sources. */
export const SOURCES_CODES = {
  SRC_UNKNOWN_TYPE: {
    meaning: 'No connector has that source type.',
    remedy: 'See the list of source types in docs/sources.md.',
    exit: EXIT.usage,
  },
  SRC_ARGUMENTS: {
    meaning: 'The arguments of a source are missing something or contradict themselves.',
    remedy: 'Correct the `source` of the template; docs/sources.md lists the arguments of every type.',
    exit: EXIT.usage,
  },
  SRC_NOT_FOUND: {
    meaning: 'The source has no such file, object, dataset or layer.',
    remedy: 'Check the name and the version against what the message says is there.',
    exit: EXIT.failed,
  },
  SRC_OUTSIDE_PROJECT: {
    meaning: 'A relative path of a local file leads out of the project.',
    remedy: 'Put the file into the project, or give its absolute path.',
    exit: EXIT.failed,
  },
  SRC_UNREACHABLE: {
    meaning: 'The host of the source could not be reached.',
    remedy: 'Check the network, the proxy variables and the host name, then run the same command again.',
    exit: EXIT.failed,
  },
  SRC_TIMEOUT: {
    meaning: 'The source was too slow, or fell silent.',
    remedy: 'Run the same command again; LIFECYCLE_TRANSFER raises the time limits.',
    exit: EXIT.failed,
  },
  SRC_HTTP_STATUS: {
    meaning: 'The source answered with an error status.',
    remedy: 'Check the address and the credentials; a 5xx is the trouble of the source and may pass.',
    exit: EXIT.failed,
  },
  SRC_TLS: {
    meaning: 'The certificate of the source could not be trusted.',
    remedy: 'Do not go round it: tell the owner of the source; for an own authority set NODE_EXTRA_CA_CERTS.',
    exit: EXIT.failed,
  },
  SRC_REDIRECT_REFUSED: {
    meaning: 'A redirect leads where a download must not go.',
    remedy: 'Check the address; if the redirect is right, put its target into the template.',
    exit: EXIT.failed,
  },
  SRC_INCOMPLETE: {
    meaning: 'The body ended before it was complete, on every attempt.',
    remedy: 'Run the same command again later; the source or a proxy cuts the transfer.',
    exit: EXIT.failed,
  },
  SRC_EMPTY: {
    meaning: 'The source answered with nothing.',
    remedy: 'Open the address in a browser: the dataset may have moved.',
    exit: EXIT.failed,
  },
  SRC_UNEXPECTED_CONTENT: {
    meaning: 'What arrived is not what the template expects, such as a login page in place of a CSV.',
    remedy: 'Open the address in a browser: it may ask for a login, or have moved.',
    exit: EXIT.failed,
  },
  SRC_ENCODING: {
    meaning: 'The compressed body could not be unpacked, or grew beyond all measure.',
    remedy: 'Tell the owner of the source; the answer says it is compressed and is not.',
    exit: EXIT.failed,
  },
  SRC_CHECKSUM: {
    meaning: 'The content does not have the checksum that was declared for it.',
    remedy: 'Download again; if it stays, the source changed or was tampered with.',
    exit: EXIT.failed,
  },
  SRC_ANSWER: {
    meaning: 'The service answered, but with an error or with something that makes no sense.',
    remedy: 'See the message of the service; the dataset may have been changed or withdrawn.',
    exit: EXIT.failed,
  },
  SRC_CHANGED: {
    meaning: 'The source changed while it was being read page by page.',
    remedy: 'Run the same command again.',
    exit: EXIT.failed,
  },
  SRC_CREDENTIALS: {
    meaning: 'Credentials are missing or were refused.',
    remedy: 'Set the variables that the message names; docs/sources.md lists them for every type.',
    exit: EXIT.failed,
  },
  SRC_HOST_KEY: {
    meaning: 'The host key of an SFTP server is unknown or has changed.',
    remedy: 'Verify the key with the owner of the server, then add it to the known_hosts file.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_CORRUPT: {
    meaning: 'The archive is damaged.',
    remedy: 'Fetch it again; if it stays, tell the owner of the source.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_UNSAFE: {
    meaning: 'The archive holds an entry that must not be unpacked.',
    remedy: 'Tell the owner of the source; a sound archive has plain relative names and no links.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_ENCRYPTED: {
    meaning: 'The archive is encrypted.',
    remedy: 'Ask the owner of the source for a plain one.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_METHOD: {
    meaning: 'An archive, or a file in it, is packed in a way that cannot be read.',
    remedy: 'Have the archive packed by Deflate, the usual method; Deflate64 and zstd are read too.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_TOO_LARGE: {
    meaning: 'The archive would unpack to more than is allowed.',
    remedy: 'If it is genuine, raise the limits by LIFECYCLE_ARCHIVE_LIMITS.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
