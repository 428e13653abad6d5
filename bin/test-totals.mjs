// A reporter for Node's test runner that writes nothing but the totals of a run, as JSON.
export default async function* totals(source) {
  for await (const event of source) {
    // The summary without a file is that of the whole run.
    if (event.type === 'test:summary' && event.data.file === undefined) yield JSON.stringify(event.data.counts);
  }
}
