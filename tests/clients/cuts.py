"""Hears numbered messages with discord.py while its socket is cut. Prints {ready}, then {heard,
resumed}. Environment: URL, GATEWAY, TOKEN, GUILD, COUNT, COMPRESS (zlib or zstd).
"""

import asyncio
import json
import os
import sys

import yarl

if os.environ["COMPRESS"] == "zlib":
    # discord.py then finds no zstd, as on most machines.
    sys.modules["zstandard"] = None
import discord

URL = os.environ["URL"]
LAST = int(os.environ["COUNT"]) - 1

discord.http.Route.BASE = f"{URL}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])
assert discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE == f"{os.environ['COMPRESS']}-stream"


class Listener(discord.Client):
    """Notes what it hears."""

    heard, resumed = [], 0

    async def on_ready(self):
        """The session began; a second time would be a session that was lost."""
        self.heard.clear()
        print(json.dumps({"ready": True}), flush=True)

    async def on_resumed(self):
        """The session goes on."""
        self.resumed += 1

    async def on_message(self, message):
        """The numbers are in the messages."""
        self.heard.append(int(message.content))
        if self.heard[-1] == LAST:
            # What comes twice would come now.
            await asyncio.sleep(1)
            print(json.dumps({"heard": self.heard, "resumed": self.resumed}), flush=True)
            os._exit(0)


Listener(intents=discord.Intents.all()).run(os.environ["TOKEN"], log_handler=None)
