// Hears numbered messages with the gateway library of discord.js by itself, whose newest version
// reads zlib-stream without a native module. Prints {ready}, then {heard, resumed}. Environment: URL,
// TOKEN, GUILD, COUNT, PARTS (shards).
import { REST } from 'discord.js';
import { CompressionMethod, WebSocketManager, WebSocketShardEvents } from 'discordjs-ws';

const { URL: url, TOKEN: token, GUILD, COUNT, PARTS } = process.env;
const manager = new WebSocketManager({
  token,
  intents: 1 | (1 << 9) | (1 << 15),
  rest: new REST({ api: `${url}/api` }).setToken(token),
  shardCount: Number(PARTS),
  compression: CompressionMethod.ZlibNative,
});
const heard = [];
let resumed = 0;
const hear = {
  GUILD_CREATE: ({ id }) => { if (id === GUILD) console.log(JSON.stringify({ ready: true })); },
  MESSAGE_CREATE({ content }) {
    heard.push(Number(content));
    if (heard.at(-1) === Number(COUNT) - 1) {
      // What comes twice would come now.
      setTimeout(() => {
        console.log(JSON.stringify({ heard, resumed }));
        process.exit(0);
      }, 1000);
    }
  },
};
manager.on(WebSocketShardEvents.Resumed, () => { resumed += 1; });
manager.on(WebSocketShardEvents.Error, () => {});
manager.on(WebSocketShardEvents.SocketError, () => {});
manager.on(WebSocketShardEvents.Dispatch, ({ t, d }) => hear[t]?.(d));
await manager.connect();
