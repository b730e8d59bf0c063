# pip install discord.py && python bot.py
import discord
import yarl

discord.http.Route.BASE = "{url}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("{gateway}")
discord.asset.Asset.BASE = "{url}/cdn"

intents = discord.Intents.default()
intents.members = True
intents.message_content = True
client = discord.Client(intents=intents)


@client.event
async def on_ready():
    channel = await client.fetch_channel({channel})
    await channel.send("Hello from discord.py. Say !ping")
    print(f"{client.user} is here")


@client.event
async def on_message(message):
    if message.content == "!ping":
        await message.reply("pong")


client.run("{bot_token}")
