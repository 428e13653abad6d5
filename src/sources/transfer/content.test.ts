import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cpuTime } from '../../../test/fixtures/cpu-time.ts';
import { LifecycleError } from '../../errors.ts';
import { checkContent } from './content.ts';

const PAGE = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>x</body></html>';
const S3_ERROR =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';
const SOCRATA_ERROR = '{"code":"dataset.missing","error":true,"message":"Not found"}';

let dir = '';
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-content-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** The code and message with which a file of this content is refused, or nothing. */
async function refusal(content: string | Buffer, format: string | undefined, filename = `a.${format}`) {
  const file = path.join(dir, 'content');
  await writeFile(file, content);
  try {
    await checkContent(file, filename, 'https://data.example/a', format);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof LifecycleError && error.hint, String(error));
    return `${error.code} ${error.message}`;
  }
}

function utf16(text: string, mark: boolean, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

describe('what comes in place of data', () => {
  it('fault 19: is seen behind blanks, comments, marks and in UTF-16', async () => {
    for (const [document, expected] of [
      [PAGE, /^SRC_UNEXPECTED_CONTENT .*HTML page \(“Sign in”\) in place of csv/],
      [S3_ERROR, /^SRC_ANSWER .*AccessDenied \(Request has expired\)/],
      [SOCRATA_ERROR, /^SRC_ANSWER .*dataset\.missing/],
    ] as const) {
      const comments = document.startsWith('<') ? ['<!-- a -->\n<!---->\n', `<!--${'x'.repeat(5_000)}-->`] : [];
      for (const before of [
        '',
        '\ufeff',
        '\r\n',
        ' '.repeat(2_047),
        '\n'.repeat(3_000),
        ' \n'.repeat(500_000),
        ...comments,
      ]) {
        for (const mark of ['', '\ufeff']) {
          assert.match(
            (await refusal(`${mark}${before}${document}`, 'csv')) ?? 'taken',
            expected,
            JSON.stringify(before.slice(0, 9)),
          );
        }
      }
      for (const before of ['', '\n'.repeat(70_001)]) {
        for (const mark of [true, false]) {
          for (const bigEndian of [true, false]) {
            const bytes = utf16(before + document, mark, bigEndian);
            assert.match((await refusal(bytes, 'csv')) ?? 'taken', expected, `${mark} ${bigEndian}`);
          }
        }
      }
    }
  });

  it('is refused in place of every format but its own', async () => {
    const xml = '<rows><row id="1"/></rows>';
    const json = '[{"id": 1}]';
    for (const format of ['csv', 'xlsx', 'parquet', 'shapefile', 'geodatabase']) {
      for (const document of [
        PAGE,
        S3_ERROR,
        SOCRATA_ERROR,
        xml,
        json,
        `${xml.repeat(1)}\n`,
        `<?xml version="1.0"?>${xml}`,
      ]) {
        assert.match(
          (await refusal(document, format)) ?? 'taken',
          /^SRC_(?:ANSWER|UNEXPECTED_CONTENT) .* in place of/,
          `${format} ${document}`,
        );
      }
    }
    for (const format of ['json', 'geojson']) {
      for (const document of [PAGE, S3_ERROR, xml, SOCRATA_ERROR]) {
        assert.match((await refusal(document, format)) ?? 'taken', /^SRC_/, `${format} ${document}`);
      }
      assert.equal(await refusal(json, format), undefined);
    }
    assert.equal(await refusal(PAGE, 'html'), undefined);
    assert.equal(await refusal('<table><tr><td>1</td></tr></table>', 'html'), undefined);
    assert.equal(
      await refusal('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"/>', 'html'),
      undefined,
    );
    assert.match((await refusal(S3_ERROR, 'html')) ?? 'taken', /^SRC_ANSWER/);
    assert.equal(await refusal(xml, undefined, 'a.xml'), undefined);
    assert.equal(await refusal(json, undefined, 'a.json'), undefined);
    assert.equal(await refusal(json, undefined, 'map'), undefined);
    assert.match((await refusal(PAGE, undefined, 'map')) ?? 'taken', /^SRC_UNEXPECTED_CONTENT/);
  });

  it('knows errors of many services', async () => {
    for (const [document, said] of [
      ['<Error><Code>NoSuchKey</Code></Error>', /NoSuchKey/],
      [
        '<ServiceExceptionReport version="1.3.0"><ServiceException code="x">no such layer</ServiceException></ServiceExceptionReport>',
        /no such layer/,
      ],
      [
        '<ows:ExceptionReport xmlns:ows="x"><ows:Exception><ows:ExceptionText><![CDATA[bad typename]]></ows:ExceptionText></ows:Exception></ows:ExceptionReport>',
        /bad typename/,
      ],
      [
        '<soap:Envelope xmlns:soap="x"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>down</faultstring></soap:Fault></soap:Body></soap:Envelope>',
        /down/,
      ],
      ['{"error":{"code":498,"message":"Invalid token.","details":[]}}', /Invalid token/],
      ['{"error":"invalid_grant","error_description":"expired"}', /expired/],
      ['{"errors":[{"message":"rate limit"}],"data":null}', /rate limit/],
      ['{"success":false,"message":"closed"}', /closed/],
      ['{"status":500,"error":"Internal Server Error","path":"/x","timestamp":"2024-01-01"}', /Internal/],
      ['[{"message":"Session expired","errorCode":"INVALID_SESSION_ID"}]', /Session expired/],
      [')]}\',\n{"error":{"code":400}}', /400/],
      ['callback({"error":{"code":401}});', /401/],
      ['{"message":"Not Found"}', /Not Found/],
      ['{"detail":"Invalid page."}', /Invalid page/],
      ['{"statusCode":404,"message":"no view"}', /no view/],
      ['{"type":"about:blank","title":"Bad Request","status":"400"}', /Bad Request/],
    ] as const) {
      for (const format of ['csv', 'json', 'geojson']) {
        const seen = (await refusal(document, format)) ?? 'taken';
        assert.match(seen, /^SRC_ANSWER .*an error in place of data/, `${format} ${document}`);
        assert.match(seen, said);
      }
    }
    for (const page of [
      '<h1>404 Not Found</h1>\n<p>nginx</p>',
      '<center>Busy<br></center>',
      '<title>Error</title><p>no</p>',
    ]) {
      assert.match((await refusal(page, 'csv')) ?? 'taken', /an HTML page/);
    }
  });

  it('tables whose first cell looks like it are tables', async () => {
    for (const table of [
      '<18,18-65,>65\n1,2,3\n',
      '<id>,<name>\n1,<b>a</b>\n',
      '<b>Name</b>,value\n<b>x</b>,1\n',
      '<p>a</p>,1\n<p>b</p>,2\n',
      '<error>,<value>\n1,2\n',
      '<none>\n1\n',
      '{id},{name}\n1,2\n',
      '{"a":1}\tb\n{"a":2}\tc\n',
      '"{""error"": true}",b\n1,2\n',
      '[a],[b]\n1,2\n',
      '[1,2],[3]\n',
      `{"a":1},b\n${'x,y\n'.repeat(40_000)}`,
      '{\n1\n',
      '<\n1\n',
      '\n\n\na,b\n1,2\n',
      ' ',
      '\0\0',
      '<!',
    ]) {
      assert.equal(await refusal(table, 'csv'), undefined, JSON.stringify(table.slice(0, 40)));
    }
  });

  it('JSON with data in it is data, whatever its members are called', async () => {
    for (const document of [
      '{"error":null,"results":[{"id":1}]}',
      '{"error":false,"message":"ok","data":[1]}',
      '{"errors":[],"data":[{"id":1}]}',
      '{"errors":{"a":1},"rows":[1]}',
      '[{"error":"a","message":"b"},{"error":"c","message":"d"}]',
      '{"code":200,"message":"ok","features":[]}',
      '{"success":true}',
      '{"id":400,"title":"a","description":"b"}',
      '{"message":"ok","status":"success"}',
      '{"code":400,"rows":5}',
      '{"status":"ok","data":{"stations":[]}}',
      '[]',
    ]) {
      assert.equal(await refusal(document, 'json'), undefined, document);
    }
  });

  it('names what other kind of file it is', async () => {
    const seven = Buffer.from('377abcaf271c0004', 'hex');
    const ole = Buffer.from('d0cf11e0a1b11ae1', 'hex');
    const tar = Buffer.concat([Buffer.alloc(257, 'a'), Buffer.from('ustar')]);
    for (const [content, format, name, expected] of [
      [seven, 'shapefile', 'a.zip', /is not a zip archive but a 7z archive/],
      [tar, 'shapefile', 'a.zip', /is not a zip archive but a tar archive/],
      ['no archive', 'shapefile', 'a.zip', /is not a zip archive: it begins with "no archive"/],
      [seven, 'csv', 'a.csv', /a 7z archive in place of csv/],
      ['%PDF-1.7\n%…', 'csv', 'a.csv', /a PDF document in place of csv/],
      [ole, 'csv', 'a.csv', /an Office document .* in place of csv/],
      [Buffer.from('89504e470d0a1a0a', 'hex'), 'json', 'a.json', /a picture in place of json/],
      [ole, 'parquet', 'a.parquet', undefined],
      [ole, 'xlsx', 'a.xls', undefined],
      ['PAR1,PAR2\n1,2\n', 'csv', 'a.csv', undefined],
      ['BZh,b\n1,2\n', 'csv', 'a.csv', undefined],
    ] as const) {
      const seen = await refusal(content, format, name);
      if (expected) assert.match(seen ?? 'taken', expected);
      else assert.equal(seen, undefined, name);
    }
  });

  it('large documents are known by their beginning', async () => {
    const json = `{"features":[${'{"id":1,"text":"}]"},'.repeat(10_000)}{}]}`;
    assert.match((await refusal(json, 'csv')) ?? 'taken', /a JSON document .* in place of csv/);
    assert.equal(await refusal(json, 'json'), undefined);
    const xml = `<wfs:FeatureCollection xmlns:wfs="x">${'<a/>'.repeat(50_000)}</wfs:FeatureCollection>`;
    assert.match((await refusal(xml, 'csv')) ?? 'taken', /an XML document in place of csv/);
  });

  it('takes linear time over what never closes', async () => {
    for (const start of [
      '<',
      '<!--',
      '<a',
      '<Error><',
      '<x:',
      '<?',
      '<![',
      '<!a[',
      '<Error>\n<Code',
      '{"',
      '{"a":',
      '[[',
      '<p><!--',
      'a(',
      '<a ',
    ]) {
      const started = cpuTime();
      await refusal(start.repeat(60_000), 'csv');
      await refusal(`<a>${start.repeat(10_000)}`, 'csv');
      await refusal(`<Error><b>${start.repeat(10_000)}`, 'csv');
      assert.ok(cpuTime() - started < 1_500, `${start}: ${cpuTime() - started} ms`);
    }
  });

  it('a name that every object has is no kind of file', async () => {
    assert.equal(await refusal('a,b\n', undefined, 'a.constructor'), undefined);
  });
});
