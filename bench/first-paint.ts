import { noBrowser, openBrowser } from '../test/browser.ts';

/** Marks when the first rows of the list stand in the page, and when the frame with them has been drawn. */
const WATCH = `
  const found = new MutationObserver(() => {
    if (!document.querySelector('table.assets tbody a.title')) return;
    found.disconnect();
    performance.mark('list in the page');
    // What is posted in a frame is done after that frame has been drawn.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => performance.mark('list painted');
      port2.postMessage(undefined);
    });
  });
  found.observe(document, { childList: true, subtree: true });
`;
const READ = `(() => {
  const answered = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/api/assets')).responseEnd;
  const [painted] = performance.getEntriesByName('list painted');
  const rows = document.querySelectorAll('table.assets tbody a.title').length;
  return { ms: painted.startTime - answered, sinceOpened: painted.startTime, rows };
})()`;

export interface FirstPaint {
  /** From the last byte of the list to the frame that shows it. */
  ms: number;
  /** From the opening of the page. */
  sinceOpened: number;
  /** Rows that are drawn; the others are when they are scrolled to. */
  rows: number;
}

/** Opens the page so many times in Chromium, each time with an empty cache; undefined where there is no Chromium. */
export async function firstPaints(address: string, times: number): Promise<FirstPaint[] | undefined> {
  if (noBrowser) return undefined;
  const work: (() => Promise<void>)[] = [];
  const browser = await openBrowser({ after: (each) => void work.push(each) });
  try {
    const paints: FirstPaint[] = [];
    for (let i = 0; i < times; i++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      await page.addInitScript(WATCH);
      await page.goto(address);
      await page.locator('table.assets tbody a.title').first().waitFor();
      // The frame after the next one has been drawn after that with the list.
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      paints.push(await page.evaluate<FirstPaint>(READ));
      await context.close();
    }
    return paints.sort((a, b) => a.ms - b.ms);
  } finally {
    for (const each of work) await each();
  }
}
