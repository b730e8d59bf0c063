"""A bot's life with discord.py, step by step; see life.py."""

import asyncio
import io
import traceback
from datetime import timedelta

import discord
import yarl
from life import BYTES, CHANNEL, GATEWAY, GUILD, PERSON, PIXEL, SECOND, TOKEN, URL
from life import live, missed, person, refused, report, step

discord.http.Route.BASE = f"{URL}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)
discord.asset.Asset.BASE = f"{URL}/cdn"


class Bot(discord.Client):
    """The bot, with what its steps hand on."""

    message: discord.Message
    heard = None

    def next(self, event, check=None):
        """The next event of this name that fulfils a condition."""
        return asyncio.ensure_future(self.wait_for(event, check=check, timeout=15))

    @property
    def home(self):
        """The guild."""
        return self.get_guild(GUILD)

    @property
    def channel(self):
        """The first text channel."""
        return self.get_channel(CHANNEL)

    async def on_message(self, message):
        """Notes what is said while the socket is cut."""
        if self.heard is not None and message.content.startswith("missed"):
            self.heard.append(message.content)

    async def on_error(self, event, *_args, **_kwargs):
        """What fails outside any step fails the test too."""
        report(f"outside any step, in {event}", traceback.format_exc())


@step
async def cache_the_guild(bot):
    assert bot.home.member_count == 4
    assert bot.channel.permissions_for(bot.home.me).administrator
    assert (await bot.fetch_guild(GUILD)).id == GUILD
    assert (await bot.application_info()).owner


@step
async def send_and_hear(bot):
    heard = bot.next("message", lambda m: m.content == "hello")
    embed = discord.Embed(title="a title", colour=0x5865F2).add_field(name="n", value="v")
    bot.message = await bot.channel.send("hello", embed=embed)
    assert (await heard).id == bot.message.id
    assert bot.message.embeds[0].title == "a title"
    heard = bot.next("message", lambda m: m.author.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/messages", {"content": f"hi <@{bot.user.id}>"})
    assert bot.user in (await heard).mentions


@step
async def edit_and_reply(bot):
    heard = bot.next("message_edit", lambda _, m: m.id == bot.message.id)
    bot.message = await bot.message.edit(content="edited")
    assert (await heard)[1].content == "edited"
    reply = await bot.message.reply("a reply", mention_author=False)
    assert reply.reference.message_id == bot.message.id


@step
async def react(bot):
    heard = bot.next("raw_reaction_add")
    await bot.message.add_reaction("🔥")
    assert str((await heard).emoji) == "🔥"
    fetched = await bot.channel.fetch_message(bot.message.id)
    assert fetched.reactions[0].me and fetched.reactions[0].count == 1
    assert [user.id async for user in fetched.reactions[0].users()] == [bot.user.id]
    await bot.message.clear_reactions()


@step
async def fetch_history(bot):
    newest = [message async for message in bot.channel.history(limit=3)]
    assert [m.id for m in newest] == sorted((m.id for m in newest), reverse=True)
    older = [message async for message in bot.channel.history(limit=1, before=newest[-1])]
    assert all(message.id < newest[-1].id for message in older)


@step
async def pins(bot):
    await bot.message.pin()
    found = [message async for message in bot.channel.pins()]
    assert found[0].id == bot.message.id
    await bot.message.unpin()


@step
async def bulk_delete(bot):
    sent = [await bot.channel.send(f"to go {number}") for number in range(4)]
    heard = bot.next("raw_bulk_message_delete")
    await bot.channel.delete_messages(sent)
    assert (await heard).message_ids == {message.id for message in sent}


@step
async def roles(bot):
    role = await bot.home.create_role(name="painters", colour=0xFF0000, reason="a reason")
    member = await bot.home.fetch_member(PERSON)
    updated = bot.next("member_update", lambda _, m: m.id == PERSON and role in m.roles)
    await member.add_roles(role)
    await updated
    await role.edit(name="artists", hoist=True)
    assert (await bot.home.fetch_role(role.id)).name == "artists"
    gone = bot.next("guild_role_delete")
    await role.delete()
    await gone


@step
async def overwrites_are_honoured(bot):
    hide = {
        bot.home.default_role: discord.PermissionOverwrite(view_channel=False),
        bot.home.me: discord.PermissionOverwrite(view_channel=True),
    }
    created = bot.next("guild_channel_create", lambda c: c.name == "staff")
    hidden = await bot.home.create_text_channel("staff", overwrites=hide)
    await created
    read = person("GET", f"/channels/{hidden.id}/messages")
    assert "403" in str(await refused(read, AssertionError))
    await hidden.edit(topic="a topic", slowmode_delay=5)
    assert (await bot.fetch_channel(hidden.id)).topic == "a topic"
    await hidden.delete()


@step
async def invites(bot):
    invite = await bot.channel.create_invite(max_age=60, max_uses=1)
    assert (await bot.fetch_invite(invite.code)).guild.id == GUILD
    assert invite.code in [other.code for other in await bot.home.invites()]
    await invite.delete()


@step
async def attachments_are_byte_for_byte(bot):
    sent = await bot.channel.send(file=discord.File(io.BytesIO(BYTES), "bytes.bin", description="bytes"))
    assert sent.attachments[0].description == "bytes"
    assert await sent.attachments[0].read() == BYTES


@step
async def emoji_upload(bot):
    emoji = await bot.home.create_custom_emoji(name="pixel", image=PIXEL)
    await bot.message.add_reaction(emoji)
    assert await emoji.read()
    await emoji.delete()


@step
async def typing_and_presence(bot):
    heard = bot.next("typing", lambda _, user, __: user.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/typing", {})
    await heard
    heard = bot.next("presence_update", lambda _, member: member.id == bot.user.id)
    await bot.change_presence(status=discord.Status.dnd, activity=discord.Game("chess"))
    assert (await heard)[1].status is discord.Status.dnd


@step
async def member_chunking(bot):
    members = await bot.home.chunk(cache=True)
    assert {PERSON, bot.user.id} <= {member.id for member in members}
    name = bot.home.get_member(PERSON).name
    assert [member.id for member in await bot.home.query_members(name)] == [PERSON]


@step
async def nickname_and_timeout(bot):
    member = await bot.home.fetch_member(PERSON)
    await member.edit(nick="nick")
    assert (await bot.home.fetch_member(PERSON)).nick == "nick"
    await member.timeout(timedelta(minutes=1), reason="calm down")
    await member.timeout(None)


@step
async def direct_messages(bot):
    sent = await (await bot.fetch_user(PERSON)).send("in private")
    heard = bot.next("message", lambda m: m.guild is None and m.author.id == PERSON)
    await person("POST", f"/channels/{sent.channel.id}/messages", {"content": "back"})
    assert (await heard).content == "back"


@step
async def threads_seen_by_a_second_bot(bot):
    second = Bot(intents=discord.Intents.all())
    running = asyncio.ensure_future(second.start(SECOND))
    while not second.is_ready():
        await asyncio.sleep(0.05)
    seen = second.next("thread_create", lambda t: t.name == "about it")
    asked = await bot.channel.send("let us talk")
    thread = await asked.create_thread(name="about it", auto_archive_duration=60)
    assert thread.id == asked.id and (await seen).parent_id == CHANNEL
    said = second.next("message", lambda m: m.content == "inside")
    await thread.send("inside")
    assert (await said).channel.id == thread.id
    joined = second.next("thread_member_join", lambda m: m.id == PERSON)
    await person("PUT", f"/channels/{thread.id}/thread-members/@me", {})
    await joined
    kind = discord.ChannelType.private_thread
    secret = await bot.channel.create_thread(name="from nothing", type=kind)
    await secret.add_user(discord.Object(PERSON))
    assert PERSON in [member.id for member in await secret.fetch_members()]
    assert second.home.get_thread(secret.id) is None
    asleep = second.next("thread_update", lambda _, t: t.id == thread.id and t.archived)
    await thread.edit(archived=True)
    await asleep
    assert thread.id in [old.id async for old in bot.channel.archived_threads()]
    await thread.edit(archived=False)
    assert thread.id in [active.id for active in await bot.home.active_threads()]
    gone = second.next("raw_thread_delete", lambda t: t.thread_id == thread.id)
    await thread.delete()
    await gone
    await secret.delete()
    await second.close()
    await running


@step
async def errors_are_mapped(bot):
    for fetch, code in (bot.fetch_channel, 10003), (bot.channel.fetch_message, 10008):
        assert (await refused(fetch(1234567890123), discord.NotFound)).code == code
    long = bot.channel.send("x" * 2001)
    assert (await refused(long, discord.HTTPException)).code == 50035
    theirs = await person("POST", f"/channels/{CHANNEL}/messages", {"content": "mine"})
    theirs = await bot.channel.fetch_message(int(theirs["id"]))
    assert (await refused(theirs.edit(content="x"), discord.Forbidden)).code == 50005


@step
async def rate_limits_are_left_to_the_library(bot):
    sent = await asyncio.gather(*(bot.channel.send(f"burst {number}") for number in range(12)))
    assert len(sent) == 12


@step
async def a_dropped_socket_is_resumed_without_a_loss(bot):
    bot.heard, resumed = [], bot.next("resumed")
    await bot.ws.socket.close(code=4200)
    await missed(bot.heard, resumed)


@step
async def kick_and_ban(bot):
    removed = bot.next("raw_member_remove")
    await bot.home.kick(discord.Object(PERSON), reason="a kick")
    await removed
    await bot.home.ban(discord.Object(PERSON), reason="a ban", delete_message_seconds=0)
    assert (await bot.home.fetch_ban(discord.Object(PERSON))).reason == "a ban"
    assert [entry.user.id async for entry in bot.home.bans()] == [PERSON]
    await bot.home.unban(discord.Object(PERSON))


@step
async def the_audit_log_tells_it_all(bot):
    entries = [entry async for entry in bot.home.audit_logs(limit=50)]
    actions = {entry.action for entry in entries}
    wanted = discord.AuditLogAction
    expected = {wanted.kick, wanted.ban, wanted.unban, wanted.role_create, wanted.channel_create, wanted.emoji_create}
    assert expected <= actions, expected - actions
    assert next(entry.reason for entry in entries if entry.action is wanted.ban) == "a ban"


async def main():
    bot = Bot(intents=discord.Intents.all())
    connected = asyncio.ensure_future(bot.start(TOKEN))
    await live(bot, connected, bot.is_ready)
    await bot.close()


asyncio.run(main())
