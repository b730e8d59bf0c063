"""What the scripts of Python libraries share: where they are, the person they meet, their steps.

Environment: URL, GATEWAY, TOKEN (the bot's), SECOND_TOKEN (another bot's), GUILD, CHANNEL,
PERSON (id), PERSON_TOKEN. Prints one JSON line a step: {step, error?}.
"""

import asyncio
import base64
import json
import os
import traceback

import aiohttp

URL, GATEWAY, TOKEN = (os.environ[name] for name in ("URL", "GATEWAY", "TOKEN"))
SECOND = os.environ["SECOND_TOKEN"]
GUILD, CHANNEL, PERSON = (int(os.environ[name]) for name in ("GUILD", "CHANNEL", "PERSON"))
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
BYTES = bytes(number * 7 % 256 for number in range(100_000))

STEPS = []


def step(run):
    """Adds a step, named as the function."""
    STEPS.append(run)
    return run


async def person(method, path, body=None):
    """A call of the person, who uses no library."""
    headers = {"authorization": os.environ["PERSON_TOKEN"]}
    async with aiohttp.ClientSession() as session:
        url = f"{URL}/api/v10{path}"
        async with session.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.ok, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text else None


async def refused(awaitable, kind):
    """The error of this kind with which something is refused."""
    try:
        await awaitable
    except kind as error:
        return error
    raise RuntimeError("it was not refused")


async def missed(heard, resumed):
    """Says five things while the socket is cut: all are heard, in order, once it is resumed."""
    said = [f"missed {number}" for number in range(5)]
    for content in said:
        await person("POST", f"/channels/{CHANNEL}/messages", {"content": content})
    await resumed
    for _ in range(50):
        if len(heard) >= len(said):
            break
        await asyncio.sleep(0.1)
    assert heard == said, heard


def report(name, error=None):
    """Prints how a step went."""
    line = {"step": name} if error is None else {"step": name, "error": error}
    print(json.dumps(line), flush=True)


async def live(bot, connected, is_ready):
    """Waits until the bot is ready, and runs all steps."""

    async def wait():
        while not is_ready():
            await asyncio.sleep(0.05)

    ready = asyncio.ensure_future(wait())
    try:
        await asyncio.wait_for(ready, timeout=30)
    except asyncio.TimeoutError:
        report("log in", repr(connected))
        os._exit(1)
    for run in STEPS:
        name = run.__name__.replace("_", " ")
        try:
            await run(bot)
        except Exception:  # pylint: disable=broad-except
            report(name, traceback.format_exc())
        else:
            report(name)
    print(json.dumps({"steps": len(STEPS)}), flush=True)
