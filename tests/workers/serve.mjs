// Serves Workers by their configurations, the first of which is that of the one requests come to:
// `serve.mjs FOLDER VARIABLES CONFIGURATION…`. Data is kept in the folder, where wrangler keeps it.
//
// Every EVICT_EVERY_MS the object of the sessions and those of some guilds are taken out of memory,
// with sockets left open, as the platform does with those that have nothing to do. On SIGUSR2 all
// are, and sockets are closed as well, as when machines fail.
//
// FOLDER/inside.json says where the inspector is, and each function by itself.
import { readFileSync, writeFileSync } from "node:fs";
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
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    modulesRoot: home,
    modules: [
      { type: "ESModule", path: `${home}/script.js` },
      { type: "CompiledWasm", path: `${home}/index_bg.wasm` },
    ],
  };
}

// Objects in the script that calls them share its isolate there. To be measured by themselves they
// are in another Worker, of the same script.
function separated(options) {
  const [own, all] = [{}, {}];
  for (const [binding, object] of Object.entries(options.durableObjects)) {
    all[binding] = { ...object, scriptName: objectsOf(object.scriptName ?? options.name) };
    own[binding] = object.scriptName ? all[binding] : object;
  }
  const caller = { ...options, durableObjects: all };
  const hasOwn = Object.values(options.durableObjects).some((object) => !object.scriptName);
  if (!hasOwn) return [caller];
  return [caller, { ...options, name: objectsOf(options.name), durableObjects: own }];
}

function objectsOf(name) {
  return `${name}-objects`;
}

const [edge, ...functions] = configurations.map(worker);
const host = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    inspectorPort: 0,
    resourcePersistencePath: `${folder}/v3`,
    workers: [edge, ...functions].flatMap(separated),
  }),
);

async function evict(className, object) {
  try {
    await host.unsafeEvictDurableObject(objectsOf(edge.name), className, object);
  } catch (error) {
    // Then it is what is wanted, or has too much to do to be taken out.
    const expected = ["not currently running", "active references"];
    if (!expected.some((text) => `${error}`.includes(text))) throw error;
  }
}

async function evictSome(guildsMax, webSockets) {
  const guilds = await host.listDurableObjectIds("Guild", objectsOf(edge.name));
  guilds.sort(() => Math.random() - 0.5);
  await evict("Sessions", { name: "sessions", webSockets });
  for (const id of guilds.slice(0, guildsMax)) await evict("Guild", { id, webSockets });
}

async function origin(name) {
  return (await host.unsafeGetDirectURL(name)).origin;
}

const inside = {
  inspector: (await host.getInspectorURL()).href,
  functions: Object.fromEntries(
    await Promise.all(functions.map(async ({ name }) => [name, await origin(name)])),
  ),
};
writeFileSync(`${folder}/inside.json`, JSON.stringify(inside));
console.log(`Ready on ${await host.ready}`);
process.on("SIGUSR2", () => evictSome(Infinity, "close"));
while (evictEvery > 0) {
  await new Promise((resolve) => setTimeout(resolve, evictEvery));
  await evictSome(GUILDS, "hibernate");
}
