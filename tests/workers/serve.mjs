// Serves Workers by their configurations, the first of which is that of the one requests come to:
// `serve.mjs FOLDER VARIABLES CONFIGURATION…`. Data is kept in the folder, where wrangler keeps it.
//
// Every EVICT_EVERY_MS the object of the sessions and those of some guilds are taken out of memory,
// with sockets left open, as the platform does with those that have nothing to do. On SIGUSR2 all
// are, and sockets are closed as well, as when machines fail.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as read } from "wrangler";

// Guilds that are taken out of memory at once.
const GUILDS = 5;
const evictEvery = Number(process.env.EVICT_EVERY_MS ?? 0);
const [folder, variables, ...configurations] = process.argv.slice(2);

function worker(configuration) {
  const home = dirname(configuration);
  return {
    ...read(configuration).workerOptions,
    name: JSON.parse(readFileSync(configuration, "utf8")).name,
    bindings: JSON.parse(variables),
    modulesRoot: home,
    modules: [
      { type: "ESModule", path: `${home}/script.js` },
      { type: "CompiledWasm", path: `${home}/index_bg.wasm` },
    ],
  };
}

const workers = configurations.map(worker);
const host = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    resourcePersistencePath: `${folder}/v3`,
    workers,
  }),
);

async function evict(className, object) {
  try {
    await host.unsafeEvictDurableObject(workers[0].name, className, object);
  } catch (error) {
    // Then it is what is wanted.
    if (!`${error}`.includes("not currently running")) throw error;
  }
}

async function evictSome(guildsMax, webSockets) {
  const guilds = await host.listDurableObjectIds("Guild", workers[0].name);
  guilds.sort(() => Math.random() - 0.5);
  await evict("Sessions", { name: "sessions", webSockets });
  for (const id of guilds.slice(0, guildsMax)) await evict("Guild", { id, webSockets });
}

console.log(`Ready on ${await host.ready}`);
process.on("SIGUSR2", () => evictSome(Infinity, "close"));
while (evictEvery > 0) {
  await new Promise((resolve) => setTimeout(resolve, evictEvery));
  await evictSome(GUILDS, "hibernate");
}
