// npm install discord.js && node bot.mjs
import { Client, Events, GatewayIntentBits } from 'discord.js';

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.MessageContent,
  ],
  rest: { api: '{url}/api', cdn: '{url}/cdn' },
});

client.once(Events.ClientReady, async () => {
  const channel = await client.channels.fetch('{channel}');
  await channel.send('Hello from discord.js. Say !ping');
  console.log(`${client.user.tag} is here`);
});

client.on(Events.MessageCreate, async (message) => {
  if (message.content === '!ping') await message.reply('pong');
});

await client.login('{bot_token}');
