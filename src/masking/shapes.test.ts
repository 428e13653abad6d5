import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../test/fixtures/cpu-time.ts';
import { BOTH_PARTS, leavesOut } from '../../test/second-part.ts';
import { maskText, secretValues } from './shapes.ts';
import { maskData } from './structure.ts';

test('secrets are told by their shape, wherever in a text they stand', () => {
  const cases: [string, string][] = [
    ['http://user:pw@host/a?b=1', 'http://***@host/a?b=1'],
    ['see https://TOK@host/x, please', 'see https://***@host/x, please'],
    ['http://u:p@ss@host/', 'http://***@host/'],
    ['postgresql://u:p%40w@h:5432/db', 'postgresql://u:***@h:5432/db'],
    ['sftp://me:pw@host/x sftp://me@host/y', 'sftp://me:***@host/x sftp://me@host/y'],
    ['s3://AKID:sec/ret@bucket/key', 's3://***@bucket/key'],
    ['https://h/a?token=abc&x=1#access_token=zzz', 'https://h/a?token=***&x=1#access_token=***'],
    ['https://h/a?$$app_token=abc&%61pi_key=b', 'https://h/a?$$app_token=***&%61pi_key=***'],
    [
      'https://h/?key=a&sig=b&code=c&pwd=d&auth=e&AWSAccessKeyId=f',
      'https://h/?key=***&sig=***&code=***&pwd=***&auth=***&AWSAccessKeyId=***',
    ],
    [
      '/f?X-Amz-Credential=a%2Fb&X-Amz-Date=1&X-Amz-Signature=c',
      '/f?X-Amz-Credential=***&X-Amz-Date=1&X-Amz-Signature=***',
    ],
    ['https://a.blob/f?sv=2020&se=2024-01-01&sp=r&sig=x%2By%3D', 'https://a.blob/f?sv=***&se=***&sp=***&sig=***'],
    ['?sv=2020&se=1', '?sv=2020&se=1'],
    [
      'https://h?u=https%3A%2F%2Fme%3Apw%40i%2F%3Ftoken%3Dabc%26x%3D1&f=csv',
      'https://h?u=https%3A%2F%2F***%40i%2F%3Ftoken%3D***%26x%3D1&f=csv',
    ],
    ['https://h?u=https%253A%252F%252Fme%253Apw%2540i', 'https://h?u=https%253A%252F%252F***%2540i'],
    ['https://h?u=http://i?token=zz', 'https://h?u=http://i?token=***'],
    ['a\\u0026token=abc', 'a\\u0026token=***'],
    ['AccountName=a;AccountKey=abc==;EndpointSuffix=x', 'AccountName=a;AccountKey=***;EndpointSuffix=x'],
    ['host=h user=u password=pw dbname=x', 'host=h user=u password=*** dbname=x'],
    ['DSN="host=h password=\'p w\'"', 'DSN="host=h password=\'***\'"'],
    ['Authorization: Bearer abcdefg', 'Authorization: ***'],
    ['curl -u me:pw -H "X-Api-Key: kkk" --token ttt -o x', 'curl -u *** -H "X-Api-Key: ***" --token *** -o x'],
    [
      '{"password": "pw", "a": 1} {\\"client_secret\\": \\"pw\\"}',
      '{"password": "***", "a": 1} {\\"client_secret\\": \\"***\\"}',
    ],
    ['PGPASSWORD=pw psql', 'PGPASSWORD=*** psql'],
    ['PRIVATE-TOKEN: abc me:secret@proxy.example.org:3128', 'PRIVATE-TOKEN: *** me:***@proxy.example.org:3128'],
    [
      'mysql -u me -pabc db; echo xyz | docker login --password-stdin',
      'mysql -u me -p*** db; echo *** | docker login --password-stdin',
    ],
    ['token ghp_abcdefghijklmnopqrstuvwxyz0123 of AKIAABCDEFGHIJKLMNOP', 'token *** of ***'],
  ];
  for (const [text, expected] of cases) {
    assert.equal(maskText(text), expected);
    assert.equal(maskText(expected), expected, 'masking twice is masking once');
  }
});

test('what only looks like a secret stays as it is', () => {
  for (const text of [
    'https://host:8080/a@b?format=csv&where=x%3D1#top',
    'ssh://git@github.com/x.git mailto:a@b.c',
    'token == 5 and key = 3 and password_column == "x"',
    `export TOKEN=$(cat f) PW=\${PW:-x} PASSWORD=$P; curl -u $U:$P --token {{ BUILD_ENV_T }}`,
    'docker run -u 1000:1000; sort -u a',
    `https://user:\${PASSWORD}@host/ https://***@host/ ?token=***`,
    'basic information about zip codes; code: 10001; max_tokens=5',
    'https://data.example.org/api/geospatial/ab12-cd34?method=export&format=GeoJSON',
    'nysopwdd_providers=3',
    'image:tag@sha256:abc npm:left@1.0 at 10:30@Town mkdir -p a; ssh -p22 host',
  ]) {
    assert.equal(maskText(text), text);
  }
});

test('fields tell by their names, also in pairs, lists, headers and bodies; names of columns do not', () => {
  const source = {
    headers: { 'X-Api-Key': 'a', Key: 'b', Accept: '*/*', Cookie: 'c=d' },
    params: [
      ['token', 'e'],
      ['x', 'y'],
    ],
    body: {
      auth: ['u', 'p'],
      list: [
        { name: 'api_key', value: 'f' },
        { name: 'x', value: 'y' },
      ],
    },
    password: 1234567,
    dbPassword: { of: 'g' },
    secret: null,
    token: '{{ version }}',
  };
  assert.deepEqual(maskData(source), {
    headers: { 'X-Api-Key': '***', Key: '***', Accept: '*/*', Cookie: '***' },
    params: [
      ['token', '***'],
      ['x', 'y'],
    ],
    body: {
      auth: ['***', '***'],
      list: [
        { name: 'api_key', value: '***' },
        { name: 'x', value: 'y' },
      ],
    },
    password: '***',
    dbPassword: { of: '***' },
    secret: null,
    token: '{{ version }}',
  });
  const step = { name: 'rename_columns', args: { map: { token: 'token_id', password: 'x' } }, key: 'k', code: '7' };
  assert.equal(maskData(step), step);
  const map = new Map<unknown, unknown>([
    ['env', new Map([['API_TOKEN', 'x']])],
    ['n', 5n],
  ]);
  assert.deepEqual(
    maskData(map),
    new Map<unknown, unknown>([
      ['env', new Map([['API_TOKEN', '***']])],
      ['n', 5n],
    ]),
  );
});

test('what others may repeat is the bare secret, decoded too', () => {
  assert.deepEqual(secretValues('https://me:p%40ss@h/?token=a%20b'), ['p%40ss', 'p@ss', 'a%20b', 'a b']);
  assert.deepEqual(secretValues('Authorization: Bearer abc.def'), ['abc.def']);
});

test('the time is that of the length, whatever the text', (t) => {
  leavesOut(t, 'texts three times as long');
  const length = BOTH_PARTS ? 300_000 : 100_000;
  const texts = [
    '://',
    'aaa',
    'password=',
    'x-keykey',
    '?token=;',
    '%25',
    '//a:b',
    '"a" : ',
    '-----BEGIN PRIVATE KEY-----',
    '-- -u ',
    '"password": "',
    'eyJaaaaaaaaa.',
    'a:bcd@',
    'mysql ',
    'echo x|',
    'bearer ',
    '=',
    '?a=;',
    '@',
    'a:',
    '&',
    '\\',
  ];
  for (const piece of texts) {
    const text = piece.repeat(Math.ceil(length / piece.length));
    const start = cpuTime();
    maskText(`//${text}`);
    assert.ok(cpuTime() - start < length / 100, `${piece}: ${cpuTime() - start} ms`);
  }
});
