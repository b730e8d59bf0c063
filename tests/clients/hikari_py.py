"""A bot's life with hikari, step by step; see life.py. Its models require every documented field."""

import asyncio
from datetime import datetime, timedelta, timezone

import hikari
from life import BYTES, CHANNEL, GUILD, PERSON, PIXEL, TOKEN, URL
from life import live, missed, person, refused, report, step

hikari.urls.CDN_URL = f"{URL}/cdn"
ICON = hikari.Bytes(PIXEL, "pixel.png")


class Life:
    """The bot, with what its steps hand on."""

    message: hikari.Message

    def __init__(self, bot):
        self.bot, self.rest, self.heard = bot, bot.rest, None

    def next(self, kind, check=None):
        """The next event of this kind that fulfils a condition."""
        return asyncio.ensure_future(self.bot.wait_for(kind, timeout=15, predicate=check))

    @property
    def me(self):
        """The bot's id."""
        return self.bot.get_me().id

    @property
    def home(self):
        """The guild."""
        return self.bot.cache.get_guild(GUILD)


@step
async def cache_the_guild(life):
    assert life.home.member_count == 4
    assert life.home.get_channel(CHANNEL).name == "general"
    assert (await life.rest.fetch_guild(GUILD)).id == GUILD
    assert [guild.id async for guild in life.rest.fetch_my_guilds()] == [GUILD]
    assert (await life.rest.fetch_application()).owner


@step
async def send_and_hear(life):
    heard = life.next(hikari.GuildMessageCreateEvent, lambda e: e.content == "hello")
    embed = hikari.Embed(title="a title", color=0x5865F2).add_field("n", "v").set_footer("f")
    life.message = await life.rest.create_message(CHANNEL, "hello", embed=embed)
    assert (await heard).message_id == life.message.id
    assert life.message.embeds[0].title == "a title"
    heard = life.next(hikari.GuildMessageCreateEvent, lambda e: e.author_id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/messages", {"content": f"hi <@{life.me}>"})
    assert list((await heard).message.user_mentions_ids) == [life.me]


@step
async def edit_and_reply(life):
    heard = life.next(hikari.GuildMessageUpdateEvent, lambda e: e.message_id == life.message.id)
    life.message = await life.rest.edit_message(CHANNEL, life.message, "edited")
    assert (await heard).message.content == "edited"
    reply = await life.message.respond("a reply", reply=True, mentions_reply=False)
    assert reply.referenced_message.id == life.message.id


@step
async def components_are_kept(life):
    row = life.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "press", label="press")
    menu = life.rest.build_message_action_row()
    menu.add_text_menu("choose").add_option("a", "a").add_option("b", "b")
    sent = await life.rest.create_message(CHANNEL, "a form", components=[row, menu])
    assert sent.components[0].components[0].custom_id == "press"


@step
async def react(life):
    heard = life.next(hikari.GuildReactionAddEvent)
    await life.rest.add_reaction(CHANNEL, life.message, "🔥")
    assert (await heard).emoji_name == "🔥"
    fetched = await life.rest.fetch_message(CHANNEL, life.message)
    assert fetched.reactions[0].is_me and fetched.reactions[0].count == 1
    users = life.rest.fetch_reactions_for_emoji(CHANNEL, life.message, "🔥")
    assert [user.id async for user in users] == [life.me]
    await life.rest.delete_all_reactions(CHANNEL, life.message)


@step
async def fetch_history_from_either_end(life):
    newest = [message.id async for message in life.rest.fetch_messages(CHANNEL).limit(2)]
    assert newest[0] > newest[1]
    oldest = life.rest.fetch_messages(CHANNEL, after=hikari.Snowflake(0)).limit(2)
    oldest = [message.id async for message in oldest]
    assert oldest[0] < oldest[1]


@step
async def pins(life):
    heard = life.next(hikari.GuildPinsUpdateEvent)
    await life.rest.pin_message(CHANNEL, life.message)
    await heard
    found = [pin async for pin in life.rest.fetch_pins(CHANNEL)]
    assert found[0].message.id == life.message.id
    await life.rest.unpin_message(CHANNEL, life.message)


@step
async def bulk_delete(life):
    sent = [await life.rest.create_message(CHANNEL, f"to go {number}") for number in range(2)]
    heard = life.next(hikari.GuildBulkMessageDeleteEvent)
    await life.rest.delete_messages(CHANNEL, sent)
    assert (await heard).message_ids == {message.id for message in sent}


@step
async def roles(life):
    role = await life.rest.create_role(GUILD, name="painters", color=0xFF0000, reason="a reason")
    updated = life.next(
        hikari.MemberUpdateEvent, lambda e: e.user_id == PERSON and role.id in e.member.role_ids
    )
    await life.rest.add_role_to_member(GUILD, PERSON, role)
    await updated
    await life.rest.edit_role(GUILD, role, name="artists", hoist=True)
    await life.rest.reposition_roles(GUILD, {1: role})
    assert (await life.rest.fetch_role(GUILD, role)).name == "artists"
    gone = life.next(hikari.RoleDeleteEvent)
    await life.rest.delete_role(GUILD, role)
    await gone


@step
async def overwrites_are_honoured(life):
    view, kinds = hikari.Permissions.VIEW_CHANNEL, hikari.PermissionOverwriteType
    hide = [hikari.PermissionOverwrite(id=GUILD, type=kinds.ROLE, deny=view)]
    hidden = await life.rest.create_guild_text_channel(GUILD, "staff", permission_overwrites=hide)
    read = f"/channels/{hidden.id}/messages"
    assert "403" in str(await refused(person("GET", read), AssertionError))
    await life.rest.edit_permission_overwrite(
        hidden, PERSON, target_type=kinds.MEMBER, allow=view
    )
    await person("GET", read)
    gone = life.next(hikari.GuildChannelDeleteEvent)
    await life.rest.delete_channel(hidden)
    await gone


@step
async def channels_of_all_types(life):
    category = await life.rest.create_guild_category(GUILD, "category")
    tag = hikari.ForumTag(name="a tag")
    made = [
        await life.rest.create_guild_voice_channel(GUILD, "voice", category=category),
        await life.rest.create_guild_stage_channel(GUILD, "stage"),
        await life.rest.create_guild_news_channel(GUILD, "news"),
        await life.rest.create_guild_forum_channel(GUILD, "forum", available_tags=[tag]),
        category,
    ]
    assert made[3].available_tags[0].name == "a tag" and made[3].available_tags[0].id
    fetched = {channel.id for channel in await life.rest.fetch_guild_channels(GUILD)}
    for channel in made:
        assert channel.id in fetched
        await life.rest.delete_channel(channel)


@step
async def invites(life):
    heard = life.next(hikari.InviteCreateEvent)
    invite = await life.rest.create_invite(CHANNEL, max_age=60, max_uses=1, unique=True)
    assert (await heard).code == invite.code
    assert (await life.rest.fetch_invite(invite.code)).guild.id == GUILD
    assert invite.code in [other.code for other in await life.rest.fetch_guild_invites(GUILD)]
    await life.rest.delete_invite(invite.code)


@step
async def attachments_are_byte_for_byte(life):
    files = [hikari.Bytes(BYTES, "bytes.bin"), hikari.Bytes(PIXEL, "pixel.png", spoiler=True)]
    sent = await life.rest.create_message(CHANNEL, attachments=files)
    assert await sent.attachments[0].read() == BYTES
    assert sent.attachments[1].width == 1
    more = [sent.attachments[0], hikari.Bytes(b"more", "more.txt")]
    edited = await life.rest.edit_message(CHANNEL, sent, attachments=more)
    assert [file.filename for file in edited.attachments] == ["bytes.bin", "more.txt"]
    embed = hikari.Embed(title="an image").set_image(ICON)
    sent = await life.rest.create_message(CHANNEL, embed=embed)
    assert await sent.embeds[0].image.resource.read() == PIXEL


@step
async def emoji_and_icons(life):
    emoji = await life.rest.create_emoji(GUILD, "pixel", ICON)
    await life.rest.add_reaction(CHANNEL, life.message, emoji)
    assert await emoji.read()
    await life.rest.delete_emoji(GUILD, emoji)
    guild = await life.rest.edit_guild(GUILD, name="renamed", icon=ICON)
    assert await guild.make_icon_url().read()
    await life.rest.edit_my_user(avatar=ICON)


@step
async def typing_and_presence(life):
    heard = life.next(hikari.GuildTypingEvent, lambda e: e.user_id == PERSON)
    await person("POST", f"/channels/{CHANNEL}/typing", {})
    assert (await heard).member.id == PERSON
    heard = life.next(hikari.PresenceUpdateEvent, lambda e: e.user_id == life.me)
    busy = hikari.Status.DO_NOT_DISTURB
    await life.bot.update_presence(status=busy, activity=hikari.Activity(name="chess"))
    presence = (await heard).presence
    assert presence.visible_status is busy and presence.activities[0].name == "chess"


@step
async def member_chunking(life):
    async def chunk(**how):
        heard = life.next(hikari.MemberChunkEvent)
        await life.bot.request_guild_members(GUILD, **how)
        return await heard

    members = (await chunk(include_presences=True)).members
    assert {PERSON, life.me} <= set(members)
    name = members[PERSON].username
    assert list((await chunk(query=name, limit=5)).members) == [PERSON]
    named = await chunk(users=[PERSON, 123])
    assert list(named.members) == [PERSON] and list(named.not_found) == [123]
    assert [member.id for member in await life.rest.search_members(GUILD, name)] == [PERSON]


@step
async def nickname_and_timeout(life):
    await life.rest.edit_member(GUILD, PERSON, nickname="nick")
    assert (await life.rest.fetch_member(GUILD, PERSON)).nickname == "nick"
    soon = datetime.now(timezone.utc) + timedelta(minutes=1)
    for until in (soon, None):
        await life.rest.edit_member(GUILD, PERSON, communication_disabled_until=until)


@step
async def direct_messages(life):
    sent = await (await life.rest.fetch_user(PERSON)).send("in private")
    heard = life.next(hikari.DMMessageCreateEvent, lambda e: e.author_id == PERSON)
    await person("POST", f"/channels/{sent.channel_id}/messages", {"content": "back"})
    assert (await heard).content == "back"


@step
async def errors_are_mapped(life):
    unknown = life.rest.fetch_channel(1234567890123)
    assert (await refused(unknown, hikari.NotFoundError)).code == 10003
    unknown = life.rest.fetch_message(CHANNEL, 1234567890123)
    assert (await refused(unknown, hikari.NotFoundError)).code == 10008
    long = await refused(life.rest.create_message(CHANNEL, "x" * 2001), hikari.BadRequestError)
    assert long.code == 50035 and long.errors["content"]
    theirs = await person("POST", f"/channels/{CHANNEL}/messages", {"content": "mine"})
    theirs = life.rest.edit_message(CHANNEL, int(theirs["id"]), "x")
    assert (await refused(theirs, hikari.ForbiddenError)).code == 50005


@step
async def rate_limits_are_left_to_the_library(life):
    # It reckons the rate from the headers, and waits 40 seconds here if they are not Discord's.
    burst = (life.rest.create_message(CHANNEL, f"burst {number}") for number in range(8))
    assert len(await asyncio.wait_for(asyncio.gather(*burst), 20)) == 8


@step
async def a_dropped_socket_is_resumed_without_a_loss(life):
    life.heard, resumed = [], life.next(hikari.ShardResumedEvent)
    # There is no public way to drop it.
    await life.bot.shards[0]._ws._ws.close(code=4200)  # pylint: disable=protected-access
    await missed(life.heard, resumed)


@step
async def kick_and_ban(life):
    removed = life.next(hikari.MemberDeleteEvent, lambda e: e.user_id == PERSON)
    await life.rest.kick_user(GUILD, PERSON, reason="a kick")
    await removed
    banned = life.next(hikari.BanCreateEvent)
    await life.rest.ban_user(GUILD, PERSON, reason="a ban")
    await banned
    assert (await life.rest.fetch_ban(GUILD, PERSON)).reason == "a ban"
    assert [ban.user.id async for ban in life.rest.fetch_bans(GUILD)] == [PERSON]
    await life.rest.unban_user(GUILD, PERSON)


@step
async def the_audit_log_tells_it_all(life):
    entries = [
        entry async for page in life.rest.fetch_audit_log(GUILD) for entry in page.entries.values()
    ]
    kinds = hikari.AuditLogEventType
    expected = {kinds.MEMBER_KICK, kinds.MEMBER_BAN_ADD, kinds.ROLE_CREATE, kinds.EMOJI_CREATE}
    assert expected <= {entry.action_type for entry in entries}
    banned = (entry for entry in entries if entry.action_type is kinds.MEMBER_BAN_ADD)
    assert next(banned).reason == "a ban"


async def main():
    bot = hikari.GatewayBot(
        TOKEN, rest_url=f"{URL}/api/v10", intents=hikari.Intents.ALL, banner=None, logs="ERROR"
    )
    life = Life(bot)

    @bot.listen()
    async def hear(event: hikari.GuildMessageCreateEvent):
        if life.heard is not None and (event.content or "").startswith("missed"):
            life.heard.append(event.content)

    @bot.listen()
    async def fail(event: hikari.ExceptionEvent):
        report("outside any step", repr(event.exception))

    connected = asyncio.ensure_future(bot.start(check_for_updates=False))
    await live(life, connected, lambda: connected.done() and life.home)
    await bot.close()


asyncio.run(main())
