// Walks the pages for providers in a real browser, as a provider's author, its signatory and an officer do: sign in, download, upload, read
// what was found, certify, submit, answer what the office asks and send it once more. The pages run no script, so none is allowed during the
// walk; for the accessibility checks (axe-core, WCAG 2.2 A and AA) scripts are switched on for a moment. Each page is looked at as wide as a desk and as narrow as a telephone.
//
//   node pages.mjs URL DEMO.json FOLDER PYTHON     FOLDER takes the files and pictures; PYTHON has openpyxl
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [url, demo, folder, python] = process.argv.slice(2);
// The packages stand in CI's cache and not beside this file.
const require = createRequire(path.join(process.env.PAGES_PACKAGES ?? '.', 'package.json'));
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const fill = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fill_return.py');
const { sign_ins: people, tokens } = JSON.parse(fs.readFileSync(demo, 'utf8').split('\n')[0]);
const WIDE = { width: 1200, height: 900 };
const NARROW = { width: 375, height: 760 };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

fs.mkdirSync(folder, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let page;
let looked = 0;
const faults = [];

// A profile of its own for each person, as on their own machine.
async function arrive() {
  const context = await browser.createBrowserContext();
  page = await context.newPage();
  await page.setJavaScriptEnabled(false);
  await page.setViewport(WIDE);
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: path.resolve(folder), browserContextId: context.id });
  page.on('console', (line) => { // What is refused on purpose is told too; each such answer is looked at by its words.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) faults.push(`console on ${page.url()}: ${line.text()}`); });
}

async function look(name) {
  for (const [width, view] of [['wide', WIDE], ['narrow', NARROW]]) {
    await page.setViewport(view);
    await page.setJavaScriptEnabled(true);
    await page.evaluate(axe);
    const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), TAGS);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const scripts = await page.evaluate(() => document.querySelectorAll('script, [onclick], [style]').length);
    await page.setJavaScriptEnabled(false);
    if (found.passes.length < 10) faults.push(`${name}, ${width}: axe looked at too little (${found.passes.length} rules passed)`);
    for (const one of found.violations) faults.push(`${name}, ${width}: ${one.id}: ${one.help} (${one.nodes.map((node) => node.target).join(' ')})`);
    if (overflow > 0) faults.push(`${name}, ${width}: wider than the screen by ${overflow} pixels`);
    if (scripts > 0) faults.push(`${name}: scripts or styles stand in the page`);
    await page.screenshot({ path: path.join(folder, `${name}-${width}.png`), fullPage: true });
  }
  await page.setViewport(WIDE);
  looked += 1;
  console.log(`looked at ${name}: ${await page.title()}`);
}

async function go(where) {
  const answer = await page.goto(new URL(where, url).href);
  if (answer.status() !== 200) throw new Error(`${where} answered ${answer.status()}`);
}

// Presses what carries these words and waits for the next page.
async function press(words, within = '') {
  const button = await page.$(`xpath/.//${within}*[self::button or self::a][normalize-space()="${words}"]`);
  if (!button) throw new Error(`there is no "${words}" on ${page.url()}: ${await says()}`);
  await Promise.all([page.waitForNavigation(), button.click()]);
}

const says = () => page.$eval('main', (main) => main.innerText);
async function mustSay(words) {
  if (!(await says()).includes(words)) throw new Error(`${page.url()} does not say "${words}": ${await says()}`);
}

async function signIn(who) {
  await arrive();
  await go('/returns');
  await page.type('#email', people[who].email);
  await page.type('#password', people[who].password);
  await press('Sign in', 'main//');
}

async function download() {
  const before = new Set(fs.readdirSync(folder));
  await (await page.$('xpath/.//a[normalize-space()="Download the workbook"]')).click();
  for (let waited = 0; waited < 100; waited += 1) {
    const file = fs.readdirSync(folder).find((name) => !before.has(name) && name.endsWith('.xlsx'));
    if (file) {
      // A browser would write over it the next time, and nobody could tell that it came.
      const taken = path.join(folder, `taken-${before.size}.xlsx`);
      fs.renameSync(path.join(folder, file), taken);
      return taken;
    }
    await new Promise((then) => setTimeout(then, 100));
  }
  throw new Error('the workbook did not come');
}

async function upload(file, button) {
  await (await page.$('#file')).uploadFile(file);
  await press(button);
}

// Asks about a return as the office does, by a program: there is no page for that.
async function ask(place, question) {
  const where = new URL(`/v1${place}`, url).href;
  const headers = { Authorization: `Bearer ${tokens.commissioner}`, 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() };
  const seen = await fetch(where, { headers: { Authorization: headers.Authorization } });
  headers['If-Match'] = seen.headers.get('etag');
  const asked = await fetch(`${where}/queries`, { method: 'POST', headers, body: JSON.stringify({ question }) });
  if (asked.status !== 200) throw new Error(`a question about ${place} answered ${asked.status}: ${await asked.text()}`);
}

try {
  await arrive();
  await go('/returns');
  await look('sign-in');
  await page.type('#email', people.provider_author.email);
  await page.type('#password', 'not the password');
  await press('Sign in', 'main//');
  await mustSay('The e-mail address or the password is wrong.');
  await look('sign-in-refused');

  await signIn('provider_author');
  await mustSay('Returns of');
  await look('list');
  // The list offers this page where several returns end in one quarter; in the example office it has one.
  await go('/returns/quarter?quarter=2020-21-Q1');
  await mustSay('The sheets of each carry its number.');
  await look('quarter');
  const blank = await download();
  await upload(blank, 'Check it, keep nothing');
  await mustSay('This was a check: nothing was kept.');
  await look('quarter-checked');
  await upload(blank, 'Upload it');
  await mustSay('Each of these returns now says what the file says.');
  await go('/returns');
  const place = await page.$eval('tbody a', (link) => link.getAttribute('href'));
  await go(place);
  await look('return');
  const empty = await download();
  const [wrong, right] = ['wrong', 'right'].map((kind) => path.join(folder, `${kind}.xlsx`));
  execFileSync(python, [fill, empty, wrong, 'wrong'], { stdio: 'inherit' });
  execFileSync(python, [fill, empty, right, 'right'], { stdio: 'inherit' });
  await upload(wrong, 'Check it, keep nothing');
  await mustSay('This was a check: nothing was kept.');
  await look('checked');
  await upload(wrong, 'Upload it');
  await mustSay('Your file was not taken');
  await look('refused');
  await upload(right, 'Upload it');
  await mustSay('Your file was taken in.');
  await look('uploaded');
  await (await page.$('details:has(textarea) > summary')).click();
  await page.type('details[open] textarea', 'Nobody can be recognised by it: it tells of the service as a whole.');
  await press('Keep the explanation');
  await mustSay('Your explanation was kept.');
  await look('explained');
  await press('Sign out', 'header//');
  await mustSay('You have signed out.');
  await look('signed-out');

  await signIn('provider_signatory');
  await go(place);
  await press('Certify the return');
  await mustSay('The return was certified.');
  await look('certified');
  await press('Submit the return to the office');
  await mustSay('The return was sent to the office.');
  await look('submitted');
  await go('/returns?show=all');
  await look('list-all');

  await ask(place, 'Since when do you meet every week?');
  await signIn('provider_author');
  await go(place);
  await mustSay('Since when do you meet every week?');
  await look('question');
  await page.type('.question textarea', 'Since May.');
  await press('Keep the answer');
  await mustSay('Your answer was kept.');
  const register = path.join(folder, 'register.txt');
  fs.writeFileSync(register, 'Twelve people came each week.\n');
  await (await page.$('#evidence')).uploadFile(register);
  await press('Attach the file');
  await mustSay('The file was attached.');
  await mustSay('Take it off');
  await look('files');
  const again = path.join(folder, 'again.xlsx');
  execFileSync(python, [fill, await download(), again, 'again'], { stdio: 'inherit' });
  await upload(again, 'Upload it');
  await mustSay('Your file was taken in.');
  await signIn('provider_signatory');
  await go(place);
  await mustSay('What is not as it was when it was sent the last time');
  await mustSay('File register.txt: attached');
  await look('changed');
  await press('Certify the return');
  await press('Submit the return to the office');
  await mustSay('The return was sent to the office.');

  await signIn('commissioner');
  await page.type('#search', 'anawim');
  await press('Show');
  await mustSay('Anawim');
  await look('office-list');
  await go(await page.$eval('tbody a', (link) => link.getAttribute('href')));
  await mustSay('The return will say that it was entered on their behalf');
  await look('office-return');
  const gone = await page.goto(new URL('/returns/0190f3a2-0000-7000-8000-000000000000', url).href);
  if (gone.status() !== 404) throw new Error(`a return that there is not answered ${gone.status()}`);
  await look('not-found');
} catch (error) {
  faults.push(error.stack);
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
console.log(`${looked} pages looked at twice, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
