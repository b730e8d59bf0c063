"""A bot's life with interactions.py, step by step; see life.py."""

import asyncio
import io
import os
import tempfile
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path

import aiohttp
import interactions
from interactions import events
from interactions.api.http.route import Route
from interactions.client.errors import Forbidden, HTTPException, NotFound
from life import BYTES, CHANNEL, GUILD, PERSON, PIXEL, TOKEN, URL
from life import live, missed, person, refused, report, step

Route.BASE = f"{URL}/api/v10"


class Bot(interactions.Client):
    """The bot, with what its steps hand on."""

    message: interactions.Message
    heard = None

    def next(self, event, check=None):
        """The next event of this class that fulfils a condition."""
        checks = check or interactions.MISSING
        return asyncio.ensure_future(self.wait_for(event, checks=checks, timeout=15))

    @property
    def home(self):
        """The guild."""
        return self.get_guild(GUILD)

    @property
    def channel(self):
        """The first text channel."""
        return self.get_channel(CHANNEL)

    @interactions.listen(events.MessageCreate)
    async def notes(self, event):
        """Notes what is said while the socket is cut."""
        if self.heard is not None and event.message.content.startswith("missed"):
            self.heard.append(event.message.content)

    @interactions.listen(events.Error, disable_default_listeners=True)
    async def fails(self, event):
        """What fails outside any step fails the test too."""
        error = "".join(traceback.format_exception(event.error))
        report(f"outside any step, in {event.source}", error)


@step
async def cache_the_guild(bot):
    assert bot.home.member_count == 4
    assert interactions.Permissions.ADMINISTRATOR in bot.home.me.guild_permissions
    assert (await bot.fetch_guild(GUILD, force=True)).id == GUILD
    assert bot.app.id == bot.user.id and bot.owner.id


@step
async def send_and_hear(bot):
    heard = bot.next(events.MessageCreate, lambda event: event.message.content == "hello")
    embed = interactions.Embed(title="a title", color=0x5865F2).add_field("n", "v")
    bot.message = await bot.channel.send("hello", embeds=embed, nonce="a nonce")
    assert (await heard).message.nonce == "a nonce"
    assert bot.message.embeds[0].title == "a title"
    heard = bot.next(events.MessageCreate, lambda event: event.message.author.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/messages", {"content": f"hi <@{bot.user.id}>"})
    mentioned = [user.id async for user in (await heard).message.mention_users]
    assert mentioned == [bot.user.id]


@step
async def edit_and_reply(bot):
    heard = bot.next(events.MessageUpdate, lambda event: event.after.id == bot.message.id)
    bot.message = await bot.message.edit(content="edited")
    assert (await heard).after.content == "edited"
    reply = await bot.message.reply("a reply")
    assert reply.message_reference.message_id == bot.message.id


@step
async def components_are_kept(bot):
    button = interactions.Button(style=interactions.ButtonStyle.BLUE, label="press", custom_id="press")
    select = interactions.StringSelectMenu("a", "b", custom_id="choose")
    sent = await bot.channel.send("a form", components=[[button], [select]])
    assert [row.components[0].custom_id for row in sent.components] == ["press", "choose"]


@step
async def react(bot):
    heard = bot.next(events.MessageReactionAdd)
    await bot.message.add_reaction("🔥")
    assert (await heard).emoji.name == "🔥"
    fetched = await bot.channel.fetch_message(bot.message.id, force=True)
    assert fetched.reactions[0].me and fetched.reactions[0].count == 1
    assert [user.id for user in await bot.message.fetch_reaction("🔥")] == [bot.user.id]
    await bot.message.clear_all_reactions()


@step
async def fetch_history(bot):
    newest = [message.id for message in await bot.channel.fetch_messages(limit=3)]
    assert newest == sorted(newest, reverse=True)
    older = await bot.channel.fetch_messages(limit=1, before=newest[-1])
    assert all(message.id < newest[-1] for message in older)


@step
async def pins(bot):
    heard = bot.next(events.ChannelPinsUpdate)
    await bot.message.pin()
    await heard
    assert [message.id for message in await bot.channel.fetch_pinned_messages()] == [bot.message.id]
    await bot.message.unpin()


@step
async def bulk_delete(bot):
    sent = [await bot.channel.send(f"to go {number}") for number in range(2)]
    heard = bot.next(events.MessageDeleteBulk)
    await bot.channel.delete_messages(sent)
    assert {int(gone) for gone in (await heard).ids} == {message.id for message in sent}


@step
async def roles(bot):
    role = await bot.home.create_role("painters", color=0xFF0000, reason="a reason")
    updated = bot.next(events.MemberUpdate, lambda event: event.after.has_role(role))
    await (await bot.home.fetch_member(PERSON)).add_role(role)
    await updated
    await role.edit(name="artists", hoist=True)
    assert (await bot.home.fetch_role(role.id, force=True)).name == "artists"
    gone = bot.next(events.RoleDelete)
    await role.delete()
    await gone


@step
async def overwrites_are_honoured(bot):
    everyone = interactions.PermissionOverwrite.for_target(bot.home.default_role)
    everyone.add_denies(interactions.Permissions.VIEW_CHANNEL)
    hidden = await bot.home.create_text_channel("staff", permission_overwrites=[everyone])
    read = f"/channels/{hidden.id}/messages"
    assert "403" in str(await refused(person("GET", read), AssertionError))
    await hidden.set_permission(await bot.home.fetch_member(PERSON), view_channel=True)
    await person("GET", read)
    gone = bot.next(events.ChannelDelete)
    await hidden.delete()
    await gone


@step
async def channels_of_all_types(bot):
    category = await bot.home.create_category("category")
    voice = await bot.home.create_voice_channel("voice", category=category, user_limit=5)
    stage = await bot.home.create_stage_channel("stage")
    news = await bot.home.create_text_channel("news")
    forum = await bot.home.create_forum_channel("forum", topic="guidelines")
    await voice.send("in voice")
    made = (voice, stage, news, forum, category)
    fetched = {channel.id: channel.type for channel in await bot.home.fetch_channels()}
    for channel in made:
        assert fetched[channel.id] == channel.type
        await channel.delete()


@step
async def invites(bot):
    heard = bot.next(events.InviteCreate)
    invite = await bot.channel.create_invite(max_age=60, max_uses=1)
    assert (await heard).invite.code == invite.code
    assert (await bot.http.get_invite(invite.code))["guild"]["id"] == str(GUILD)
    assert invite.code in [other.code for other in await bot.home.fetch_invites()]
    await invite.delete()


@step
async def attachments_are_byte_for_byte(bot):
    # By paths: what it read from a stream, it does not send again when a limit was reached.
    with tempfile.TemporaryDirectory() as folder:
        data, image = Path(folder, "bytes.bin"), Path(folder, "pixel.png")
        data.write_bytes(BYTES)
        image.write_bytes(PIXEL)
        files = [interactions.File(data, description="bytes"), interactions.File(image)]
        sent = await bot.channel.send(files=files)
    assert sent.attachments[0].description == "bytes"
    assert sent.attachments[1].width == 1
    async with aiohttp.ClientSession() as session, session.get(sent.attachments[0].url) as answer:
        assert await answer.read() == BYTES


@step
async def emoji_and_icons(bot):
    emoji = await bot.home.create_custom_emoji("pixel", io.BytesIO(PIXEL))
    await bot.message.add_reaction(emoji)
    await emoji.delete()
    heard = bot.next(events.GuildUpdate)
    await bot.home.edit(icon=io.BytesIO(PIXEL), name="renamed")
    assert (await heard).after.icon
    await bot.user.edit(avatar=io.BytesIO(PIXEL))


@step
async def typing_and_presence(bot):
    heard = bot.next(events.TypingStart, lambda event: event.author.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/typing", {})
    await heard
    heard = bot.next(events.PresenceUpdate, lambda event: event.user.id == bot.user.id)
    await bot.change_presence(status=interactions.Status.DND, activity="chess")
    assert (await heard).activities[0].name == "chess"


@step
async def member_chunking(bot):
    await bot.home.gateway_chunk()
    assert {PERSON, bot.user.id} <= {member.id for member in bot.home.members}
    name = bot.home.get_member(PERSON).username
    assert [member.id for member in await bot.home.search_members(name)] == [PERSON]


@step
async def nickname_and_timeout(bot):
    member = await bot.home.fetch_member(PERSON)
    await member.edit_nickname("nick")
    assert (await bot.home.fetch_member(PERSON, force=True)).nickname == "nick"
    await member.timeout(datetime.now(timezone.utc) + timedelta(minutes=1), reason="calm down")
    await member.timeout(None)


@step
async def direct_messages(bot):
    sent = await (await bot.fetch_user(PERSON)).send("in private")
    heard = bot.next(events.MessageCreate, lambda event: event.message.content == "back")
    await person("POST", f"/channels/{sent.channel.id}/messages", {"content": "back"})
    assert (await heard).message.guild is None


@step
async def errors_are_mapped(bot):
    http, missing = bot.http, 1234567890123
    for fetch, code in (http.get_channel(missing), 10003), (http.get_message(CHANNEL, missing), 10008):
        assert (await refused(fetch, NotFound)).code == code
    long = http.create_message({"content": "x" * 2001}, CHANNEL)
    assert (await refused(long, HTTPException)).code == 50035
    theirs = await person("POST", f"/channels/{CHANNEL}/messages", {"content": "mine"})
    edited = http.edit_message({"content": "x"}, CHANNEL, theirs["id"])
    assert (await refused(edited, Forbidden)).code == 50005


@step
async def rate_limits_are_left_to_the_library(bot):
    # One after the other: what it has sent at once when a limit is reached, it does not send again.
    for number in range(8):
        await bot.channel.send(f"burst {number}")


@step
async def a_dropped_socket_is_resumed_without_a_loss(bot):
    bot.heard, resumed = [], bot.next(events.Resume)
    # Of a close that is not the library's own, aiohttp makes one with 1000, which ends a session.
    bot._connection_state.gateway.ws._writer.transport.abort()  # pylint: disable=protected-access
    await missed(bot.heard, resumed)


@step
async def kick_and_ban(bot):
    removed = bot.next(events.MemberRemove, lambda event: event.member.id == PERSON)
    await bot.home.kick(PERSON, reason="a kick")
    await removed
    await bot.home.ban(PERSON, reason="a ban")
    assert (await bot.home.fetch_ban(PERSON)).reason == "a ban"
    assert [ban.user.id for ban in await bot.home.fetch_bans()] == [PERSON]
    await bot.home.unban(PERSON)


@step
async def the_audit_log_tells_it_all(bot):
    entries = (await bot.home.fetch_audit_log(limit=100)).entries
    wanted = interactions.AuditLogEventType
    expected = {
        wanted.MEMBER_KICK, wanted.MEMBER_BAN_ADD, wanted.MEMBER_BAN_REMOVE, wanted.ROLE_CREATE, wanted.EMOJI_CREATE,
    }
    assert expected <= {entry.action_type for entry in entries}
    assert next(entry.reason for entry in entries if entry.action_type == wanted.MEMBER_BAN_ADD) == "a ban"


async def main():
    bot = Bot(intents=interactions.Intents.ALL)
    connected = asyncio.ensure_future(bot.astart(TOKEN))
    await live(bot, connected, lambda: bot.is_ready)
    # Its own end, stop(), reads a socket that is closed, again and again.
    os._exit(0)


asyncio.run(main())
