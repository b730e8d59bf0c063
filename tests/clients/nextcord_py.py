"""A bot's life with nextcord, step by step; see life.py."""

import asyncio
import io
import traceback
from datetime import timedelta

import nextcord
from life import BYTES, CHANNEL, GUILD, PERSON, PIXEL, TOKEN, URL
from life import live, missed, person, refused, report, step

nextcord.http.Route.BASE = f"{URL}/api/v10"
nextcord.asset.Asset.BASE = f"{URL}/cdn"


class Bot(nextcord.Client):
    """The bot, with what its steps hand on."""

    message: nextcord.Message
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
    assert [guild.id async for guild in bot.fetch_guilds()] == [GUILD]
    assert (await bot.application_info()).owner


@step
async def send_and_hear(bot):
    heard = bot.next("message", lambda m: m.content == "hello")
    embed = nextcord.Embed(title="a title", colour=0x5865F2).add_field(name="n", value="v")
    bot.message = await bot.channel.send("hello", embed=embed, nonce="a nonce")
    assert (await heard).nonce == "a nonce"
    assert bot.message.embeds[0].title == "a title"
    heard = bot.next("message", lambda m: m.author.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/messages", {"content": f"hi <@{bot.user.id}>"})
    assert bot.user in (await heard).mentions


@step
async def only_allowed_mentions_count(bot):
    content = f"<@{PERSON}> @everyone"
    quiet = await bot.channel.send(content, allowed_mentions=nextcord.AllowedMentions.none())
    assert not quiet.mentions and not quiet.mention_everyone
    some = nextcord.AllowedMentions(users=True, everyone=False)
    loud = await bot.channel.send(content, allowed_mentions=some)
    assert [user.id for user in loud.mentions] == [PERSON] and not loud.mention_everyone


@step
async def edit_and_reply(bot):
    heard = bot.next("message_edit", lambda _, m: m.id == bot.message.id)
    bot.message = await bot.message.edit(content="edited")
    assert (await heard)[1].content == "edited"
    reply = await bot.message.reply("a reply", mention_author=False)
    assert reply.reference.message_id == bot.message.id


@step
async def components_are_kept(bot):
    form = nextcord.ui.View()
    form.add_item(nextcord.ui.Button(label="press", custom_id="press"))
    options = [nextcord.SelectOption(label=label) for label in ("a", "b")]
    form.add_item(nextcord.ui.StringSelect(custom_id="choose", options=options))
    sent = await bot.channel.send("a form", view=form)
    assert [row.children[0].custom_id for row in sent.components] == ["press", "choose"]


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
    heard = bot.next("guild_channel_pins_update")
    await bot.message.pin()
    await heard
    found = await bot.channel.pins()
    assert found[0].id == bot.message.id
    await bot.message.unpin()


@step
async def bulk_delete(bot):
    sent = [await bot.channel.send(f"to go {number}") for number in range(2)]
    heard = bot.next("raw_bulk_message_delete")
    await bot.channel.delete_messages(sent)
    assert (await heard).message_ids == {message.id for message in sent}


@step
async def roles(bot):
    red = nextcord.Colour(0xFF0000)
    role = await bot.home.create_role(name="painters", colour=red, reason="a reason")
    member = await bot.home.fetch_member(PERSON)
    updated = bot.next("member_update", lambda _, m: m.id == PERSON and role in m.roles)
    await member.add_roles(role)
    await updated
    await role.edit(name="artists", hoist=True)
    await bot.home.edit_role_positions({role: 1})
    assert "artists" in [other.name for other in await bot.home.fetch_roles()]
    gone = bot.next("guild_role_delete")
    await role.delete()
    await gone


@step
async def overwrites_are_honoured(bot):
    hide = {
        bot.home.default_role: nextcord.PermissionOverwrite(view_channel=False),
        bot.home.me: nextcord.PermissionOverwrite(view_channel=True),
    }
    hidden = await bot.home.create_text_channel("staff", overwrites=hide)
    read = f"/channels/{hidden.id}/messages"
    assert "403" in str(await refused(person("GET", read), AssertionError))
    await hidden.set_permissions(await bot.home.fetch_member(PERSON), view_channel=True)
    await person("GET", read)
    gone = bot.next("guild_channel_delete")
    await hidden.delete()
    await gone


@step
async def channels_of_all_types(bot):
    category = await bot.home.create_category("category")
    voice = await bot.home.create_voice_channel("voice", category=category, user_limit=5)
    stage = await bot.home.create_stage_channel("stage", topic="a topic")
    news = await bot.home.create_text_channel("news")
    forum = await bot.home.create_forum_channel("forum", topic="guidelines")
    await voice.send("in voice")
    await voice.edit(name="louder", user_limit=6)
    made = (voice, stage, news, forum, category)
    fetched = {channel.id: channel.type for channel in await bot.home.fetch_channels()}
    for channel in made:
        assert fetched[channel.id] == channel.type
        await channel.delete()


@step
async def invites(bot):
    heard = bot.next("invite_create")
    invite = await bot.channel.create_invite(max_age=60, max_uses=1)
    await heard
    assert (await bot.fetch_invite(invite.code)).guild.id == GUILD
    assert invite.code in [other.code for other in await bot.home.invites()]
    await invite.delete()


@step
async def attachments_are_byte_for_byte(bot):
    data = nextcord.File(io.BytesIO(BYTES), "bytes.bin", description="bytes")
    image = nextcord.File(io.BytesIO(PIXEL), "pixel.png", spoiler=True)
    sent = await bot.channel.send(files=[data, image])
    assert sent.attachments[0].description == "bytes"
    assert await sent.attachments[0].read() == BYTES
    assert sent.attachments[1].is_spoiler() and sent.attachments[1].width == 1
    more = nextcord.File(io.BytesIO(b"more"), "more.txt")
    edited = await sent.edit(attachments=sent.attachments[:1], file=more)
    assert [file.filename for file in edited.attachments] == ["bytes.bin", "more.txt"]


@step
async def emoji_and_icons(bot):
    emoji = await bot.home.create_custom_emoji(name="pixel", image=PIXEL)
    await bot.message.add_reaction(emoji)
    assert await emoji.read()
    await emoji.delete()
    guild = await bot.home.edit(icon=PIXEL, name="renamed")
    assert await guild.icon.read()
    await bot.user.edit(avatar=PIXEL)


@step
async def typing_and_presence(bot):
    heard = bot.next("typing", lambda _, user, __: user.id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/typing", {})
    await heard
    heard = bot.next("presence_update", lambda _, member: member.id == bot.user.id)
    await bot.change_presence(status=nextcord.Status.dnd, activity=nextcord.Game("chess"))
    assert (await heard)[1].activity.name == "chess"


@step
async def member_chunking(bot):
    await bot.home.chunk()
    assert {PERSON, bot.user.id} <= {member.id for member in bot.home.members}
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
async def errors_are_mapped(bot):
    missing = (bot.fetch_channel, 10003), (bot.channel.fetch_message, 10008), (bot.fetch_user, 10013)
    for fetch, code in missing:
        assert (await refused(fetch(1234567890123), nextcord.NotFound)).code == code
    long = bot.channel.send("x" * 2001)
    assert (await refused(long, nextcord.HTTPException)).code == 50035
    theirs = await person("POST", f"/channels/{CHANNEL}/messages", {"content": "mine"})
    theirs = await bot.channel.fetch_message(int(theirs["id"]))
    assert (await refused(theirs.edit(content="x"), nextcord.Forbidden)).code == 50005


@step
async def rate_limits_are_left_to_the_library(bot):
    sent = await asyncio.gather(*(bot.channel.send(f"burst {number}") for number in range(8)))
    assert len(sent) == 8


@step
async def the_limit_on_everything_is_waited_for(bot):
    calls = (
        bot.home.fetch_roles, bot.home.fetch_channels, bot.home.fetch_emojis, bot.home.invites,
        bot.channel.invites, bot.home.webhooks, bot.home.integrations, bot.application_info,
    )
    answers = await asyncio.gather(*(call() for _ in range(9) for call in calls))
    assert len(answers) == 72


@step
async def a_dropped_socket_is_resumed_without_a_loss(bot):
    bot.heard, resumed = [], bot.next("resumed")
    await bot.ws.socket.close(code=4200)
    await missed(bot.heard, resumed)


@step
async def kick_and_ban(bot):
    someone = nextcord.Object(PERSON)
    removed = bot.next("raw_member_remove")
    await bot.home.kick(someone, reason="a kick")
    await removed
    await bot.home.ban(someone, reason="a ban", delete_message_seconds=0)
    assert (await bot.home.fetch_ban(someone)).reason == "a ban"
    assert [entry.user.id async for entry in bot.home.bans()] == [PERSON]
    await bot.home.unban(someone)


@step
async def the_audit_log_tells_it_all(bot):
    entries = [entry async for entry in bot.home.audit_logs(limit=100)]
    wanted = nextcord.AuditLogAction
    expected = {wanted.kick, wanted.ban, wanted.unban, wanted.role_create, wanted.emoji_create}
    assert expected <= {entry.action for entry in entries}
    assert next(entry.reason for entry in entries if entry.action is wanted.ban) == "a ban"


async def main():
    bot = Bot(intents=nextcord.Intents.all())
    connected = asyncio.ensure_future(bot.start(TOKEN))
    await live(bot, connected, bot.is_ready)
    await bot.close()


asyncio.run(main())
