// Hears numbered messages with discord.js while its sockets are cut. Prints {ready}, then {heard,
// resumed}. Environment: URL, TOKEN, GUILD, COUNT, PARTS (shards; discord.js reads SHARDS itself),
// COMPRESS (empty, or "payloads").
import { SimpleShardingStrategy } from '@discordjs/ws';
import { Client, Events, GatewayIntentBits } from 'discord.js';

const { URL: url, TOKEN, GUILD, COUNT, PARTS, COMPRESS } = process.env;
const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: `${url}/api` },
  shardCount: Number(PARTS),
  ws: {
    buildStrategy(manager) {
      manager.options.useIdentifyCompression = COMPRESS === 'payloads';
      return new SimpleShardingStrategy(manager);
    },
  },
});
const heard = [];
let resumed = 0;
client.on(Events.ShardResume, () => { resumed += 1; });
client.on(Events.ShardError, () => {});
client.on(Events.Error, () => {});
client.on(Events.MessageCreate, (message) => {
  heard.push(Number(message.content));
  if (heard.at(-1) === Number(COUNT) - 1) {
    // What comes twice would come now.
    setTimeout(() => {
      console.log(JSON.stringify({ heard, resumed }));
      process.exit(0);
    }, 1000);
  }
});
await client.login(TOKEN);
while (!client.guilds.cache.get(GUILD)?.available || client.ws.shards.size !== Number(PARTS)) {
  await new Promise((resolve) => { setTimeout(resolve, 50); });
}
console.log(JSON.stringify({ ready: true }));
