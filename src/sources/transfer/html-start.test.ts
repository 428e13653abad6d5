import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../test/fixtures/cpu-time.ts';
import { startsAsHtml } from './html-start.ts';

test('a page is known by its first element, behind blanks, comments and a declaration', () => {
  for (const page of [
    '<html>',
    ' \n<!DOCTYPE  html><p>',
    '<!-- a --><!---->\n<head>',
    '<?xml version="1.0"?>\n<!-- x -->\n<HTML xmlns="…">',
    '<meta charset="utf-8">',
  ])
    assert.equal(startsAsHtml(page), true, page);
  for (const other of [
    '',
    'a,b',
    '<!-- never ends <html>',
    '<htmlx>',
    'a <html>',
    '<?xml version="1.0"?><Error>',
    '<!---->a',
  ])
    assert.equal(startsAsHtml(other), false, other);
});

test('comments in a row take time in proportion to their length', () => {
  for (const piece of ['<!---->', '<!-- --> ', '<?xml?>', ' ', '<!--', '<?xml ?']) {
    const text = `${piece.repeat(50_000)}a,b\n1,2\n`;
    const started = cpuTime();
    assert.equal(startsAsHtml(text), false);
    assert.ok(cpuTime() - started < 1_000, piece);
  }
});
