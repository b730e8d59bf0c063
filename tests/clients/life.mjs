// What the scripts of Node's libraries share: where they are, the person they meet, their steps.
// Environment: URL, TOKEN (the bot's), SECOND_TOKEN (another bot's), GUILD, CHANNEL, PERSON (id),
// PERSON_TOKEN. Prints one JSON line a step: {step, error?}.
import assert from 'node:assert/strict';

export const {
  URL: url, TOKEN, SECOND_TOKEN, GUILD, CHANNEL, PERSON, PERSON_TOKEN,
} = process.env;
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64',
);
export const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256));

const report = (step, error) => console.log(JSON.stringify({ step, error: error && String(error.stack ?? error) }));

/** What fails outside any step fails the test too. */
export const outside = (error) => report('outside any step', error);
process.on('unhandledRejection', outside);

/** Waits for a client's next event of this name that fulfils a condition. */
export const listen = (client) => (event, wanted = () => true, within = 15_000) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event}`)), within);
  const listener = (...values) => {
    if (!wanted(...values)) return;
    clearTimeout(timer);
    client.off(event, listener);
    resolve(values);
  };
  client.on(event, listener);
});

/** A call of the person, who uses no library. */
export async function person(method, path, body) {
  const response = await fetch(`${url}/api/v10${path}`, {
    method,
    headers: { authorization: PERSON_TOKEN, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.status === 204 ? null : response.json();
}

/** That a library's error of this class has a code and a status. */
export const refusedBy = (kind) => (code, status) => (error) => {
  assert(error instanceof kind, String(error));
  assert.deepEqual([error.code, error.status], [code, status]);
  return true;
};

/** Says five things while the socket is cut: all are heard, in order, once it is resumed. */
export async function missed(client, cut, resumed) {
  const said = [0, 1, 2, 3, 4].map((n) => `missed ${n}`);
  const heard = new Set();
  const collect = ({ content }) => content.startsWith('missed') && heard.add(content);
  client.on('messageCreate', collect);
  const done = cut();
  for (const content of said) await person('POST', `/channels/${CHANNEL}/messages`, { content });
  await done;
  await resumed;
  for (let wait = 0; heard.size < said.length && wait < 50; wait += 1) await new Promise((r) => setTimeout(r, 100));
  client.off('messageCreate', collect);
  assert.deepEqual([...heard], said);
}

/** Runs all steps, or those that the command line names. The first two must pass. */
export async function live(steps) {
  const only = process.argv.slice(2);
  const names = Object.keys(steps);
  for (const [place, step] of names.entries()) {
    if (only.length && !only.includes(step) && place > 1) continue;
    try {
      await steps[step]();
      report(step);
    } catch (error) {
      report(step, error);
      if (place < 2) break;
    }
  }
  console.log(JSON.stringify({ steps: names.length }));
}
