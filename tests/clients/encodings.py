"""Every encoding with every compression, read by decoders that are not ours.

Terms are packed and unpacked by Discord's own erlpack, streams by zlib and zstandard. Prints one
JSON line a step: {step, error?}. Environment: URL, GATEWAY, TOKEN, CHANNEL, PERSON_TOKEN.
"""

import asyncio
import json
import os
import traceback
import zlib

import aiohttp
import erlpack
import zstandard

URL = os.environ["URL"]
TOKEN = os.environ["TOKEN"]
PATH = f"{URL}/api/v10/channels/{os.environ['CHANNEL']}/messages"
# The compressions of the URL, and that of the identify.
WAYS = ["", "zlib-stream", "zstd-stream", "payloads"]


def plain(term):
    """What erlpack unpacked, as JSON would have it."""
    if isinstance(term, bytes):
        return term.decode()
    if isinstance(term, erlpack.Atom):
        return str(term)
    if isinstance(term, dict):
        return {plain(key): plain(value) for key, value in term.items()}
    if isinstance(term, (list, tuple)):
        return [plain(item) for item in term]
    return term


class Session:
    """A connection that speaks one encoding through one compression."""

    def __init__(self, encoding, way):
        self.encoding, self.way = encoding, way
        self.name = f"{encoding} {way or 'plain'}"
        self.compressed = 0
        self.inflate = {
            "zlib-stream": lambda: zlib.decompressobj().decompress,
            "zstd-stream": lambda: zstandard.ZstdDecompressor().decompressobj().decompress,
        }.get(way, lambda: self.payload)()

    def payload(self, data):
        """A payload that may be compressed by itself."""
        if data[:1] == b"\x78":
            self.compressed += 1
            return zlib.decompress(data)
        return data

    async def open(self, http):
        """Connects, identifies and reads on to the guild."""
        stream = f"&compress={self.way}" if self.way.endswith("stream") else ""
        url = f"{os.environ['GATEWAY']}/?v=10&encoding={self.encoding}{stream}"
        self.socket = await http.ws_connect(url, max_msg_size=0)
        assert (await self.next())["op"] == 10
        properties = {"os": "linux", "browser": "tests", "device": "tests"}
        identify = {"token": TOKEN, "intents": 33281, "properties": properties, "compress": self.way == "payloads"}
        await self.send({"op": 2, "d": identify})
        self.ready = await self.event("READY")
        self.guild = await self.event("GUILD_CREATE")

    async def send(self, payload):
        """Sends a command."""
        if self.encoding == "etf":
            await self.socket.send_bytes(erlpack.pack(payload))
        else:
            await self.socket.send_str(json.dumps(payload))

    async def next(self):
        """The next payload."""
        message = await self.socket.receive(timeout=15)
        if message.type is aiohttp.WSMsgType.TEXT:
            assert self.encoding == "json" and not self.way.endswith("stream"), message
            return json.loads(message.data)
        assert message.type is aiohttp.WSMsgType.BINARY, f"{self.name}: {message}"
        data = self.inflate(message.data)
        return plain(erlpack.unpack(data)) if self.encoding == "etf" else json.loads(data)

    async def event(self, name):
        """The data of the next event of this name."""
        while True:
            payload = await self.next()
            if payload["t"] == name:
                return payload["d"]


async def every_combination_tells_the_same(http, sessions):
    for session in sessions:
        await session.open(http)
    first = sessions[0]
    for session in sessions[1:]:
        assert session.ready["user"] == first.ready["user"], session.name
        for left_out in ("joined_at", "presences"):
            session.guild.pop(left_out, None)
            first.guild.pop(left_out, None)
        assert session.guild == first.guild, session.name


async def messages_are_the_same_in_every_combination(http, sessions):
    headers = {"authorization": os.environ["PERSON_TOKEN"]}
    for content in ["short", "ümläut 🔥\n\"quoted\"", "long " * 390]:
        async with http.post(PATH, json={"content": content}, headers=headers) as answer:
            assert answer.ok, await answer.text()
        heard = [await session.event("MESSAGE_CREATE") for session in sessions]
        assert heard[0]["content"] == content.strip(), heard[0]
        for session, message in zip(sessions, heard):
            assert message == heard[0], f"{session.name}: {message}"


async def large_payloads_are_compressed_for_who_asked(_, sessions):
    for session in sessions:
        assert (session.compressed > 0) == (session.way == "payloads"), session.name


async def heartbeats_are_answered_in_every_combination(_, sessions):
    for session in sessions:
        await session.send({"op": 1, "d": 3})
        while (await session.next())["op"] != 11:
            pass


async def what_is_no_term_closes_with_4002(_, sessions):
    for session in sessions:
        if session.encoding == "etf":
            # A term that is compressed, as Erlang would; Discord refuses these too.
            packed = zlib.compress(erlpack.pack({"op": 1, "d": 3})[1:])
            await session.socket.send_bytes(b"\x83\x50\x00\x00\x00\x20" + packed)
            while True:
                message = await session.socket.receive(timeout=15)
                if message.type is aiohttp.WSMsgType.CLOSE:
                    break
            assert message.data == 4002, message


STEPS = [
    every_combination_tells_the_same,
    messages_are_the_same_in_every_combination,
    large_payloads_are_compressed_for_who_asked,
    heartbeats_are_answered_in_every_combination,
    what_is_no_term_closes_with_4002,
]


async def main():
    """Runs the steps; the first that fails is the last."""
    sessions = [Session(encoding, way) for encoding in ("json", "etf") for way in WAYS]
    async with aiohttp.ClientSession() as http:
        for run in STEPS:
            try:
                await run(http, sessions)
                print(json.dumps({"step": run.__name__}))
            except Exception:
                print(json.dumps({"step": run.__name__, "error": traceback.format_exc()}))
                break
    print(json.dumps({"steps": len(STEPS)}))


asyncio.run(main())
