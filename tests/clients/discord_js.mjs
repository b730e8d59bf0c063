// A bot's life with discord.js, step by step; see life.mjs.
import assert from 'node:assert/strict';
import {
  ChannelType, Client, DiscordAPIError, Events, GatewayIntentBits, Options, Partials, PermissionFlagsBits as P,
} from 'discord.js';
import {
  BYTES, CHANNEL, GUILD, PERSON, PIXEL, SECOND_TOKEN, TOKEN, listen, live, missed, outside, person, refusedBy, url,
} from './life.mjs';

const options = {
  intents: Object.values(GatewayIntentBits).filter(Number.isInteger),
  partials: [Partials.Channel, Partials.Message, Partials.Reaction],
  rest: { api: `${url}/api`, cdn: `${url}/cdn`, timeout: 20_000 },
  makeCache: Options.cacheEverything(),
};
const client = new Client(options);
const limited = [];
client.rest.on('rateLimited', (info) => limited.push(info));
client.on('error', outside);

const next = listen(client);
const refused = refusedBy(DiscordAPIError);
let guild; let channel; let message;

const steps = {
  async 'log in'() {
    const ready = next(Events.ClientReady);
    await client.login(TOKEN);
    await ready;
    assert.equal(client.user.bot, true);
  },
  async 'cache the guild'() {
    guild = client.guilds.cache.get(GUILD);
    if (!guild?.available) [guild] = await next(Events.GuildCreate, (g) => g.id === GUILD);
    channel = guild.channels.cache.get(CHANNEL);
    assert(channel.isTextBased());
    assert(guild.roles.everyone);
    assert.equal(guild.memberCount, 4);
  },
  async 'fetch the guild and the application'() {
    assert.equal((await client.guilds.fetch({ guild: GUILD, force: true })).id, GUILD);
    const application = await client.application.fetch();
    assert.equal(application.id, client.application.id);
    assert(application.owner);
  },
  async 'send'() {
    const heard = next(Events.MessageCreate, (m) => m.content === 'hello');
    message = await channel.send({ content: 'hello', embeds: [{ title: 'a title', color: 0x5865f2, fields: [{ name: 'n', value: 'v' }] }] });
    const [event] = await heard;
    assert.equal(event.id, message.id);
    assert.equal(message.embeds[0].title, 'a title');
    assert.equal(event.member.id, client.user.id);
  },
  async 'hear a person'() {
    const heard = next(Events.MessageCreate, (m) => m.author.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/messages`, { content: `hi <@${client.user.id}>` });
    const [event] = await heard;
    assert(event.mentions.users.has(client.user.id));
    assert.equal(event.content, `hi <@${client.user.id}>`);
  },
  async 'edit'() {
    const heard = next(Events.MessageUpdate, (_, m) => m.id === message.id);
    message = await message.edit('edited');
    assert.equal((await heard)[1].content, 'edited');
    assert(message.editedAt);
  },
  async 'reply'() {
    const reply = await message.reply({ content: 'a reply', allowedMentions: { repliedUser: false } });
    assert.equal(reply.reference.messageId, message.id);
    assert.equal((await reply.fetchReference()).id, message.id);
  },
  async 'components are kept'() {
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'press', custom_id: 'press' }] }];
    const sent = await channel.send({ content: 'a button', components });
    assert.equal(sent.components[0].components[0].customId, 'press');
  },
  async 'react'() {
    const heard = next(Events.MessageReactionAdd, (r) => r.message.id === message.id);
    await message.react('🔥');
    assert.equal((await heard)[0].emoji.name, '🔥');
    const users = await message.reactions.cache.get('🔥').users.fetch();
    assert(users.has(client.user.id));
    const fetched = await channel.messages.fetch({ message: message.id, force: true });
    assert.equal(fetched.reactions.cache.get('🔥').me, true);
    const gone = next(Events.MessageReactionRemove, (r) => r.message.id === message.id);
    await message.reactions.cache.get('🔥').users.remove(client.user.id);
    await gone;
  },
  async 'fetch history'() {
    const page = await channel.messages.fetch({ limit: 2 });
    assert.equal(page.size, 2);
    const before = await channel.messages.fetch({ before: page.last().id, limit: 1 });
    assert(BigInt(before.first().id) < BigInt(page.last().id));
    const around = await channel.messages.fetch({ around: message.id, limit: 3 });
    assert(around.has(message.id));
  },
  async 'pins'() {
    const heard = next(Events.ChannelPinsUpdate);
    await message.pin();
    await heard;
    const pins = await channel.messages.fetchPins();
    assert.equal(pins.items[0].message.id, message.id);
    await message.unpin();
  },
  async 'bulk delete'() {
    const sent = [];
    for (let n = 0; n < 5; n += 1) sent.push(await channel.send(`to go ${n}`));
    const heard = next(Events.MessageBulkDelete);
    await channel.bulkDelete(sent.map((m) => m.id));
    assert.equal((await heard)[0].size, 5);
  },
  async 'roles'() {
    const heard = next(Events.GuildRoleCreate);
    const role = await guild.roles.create({ name: 'painters', color: 0xff0000, permissions: [P.SendMessages], reason: 'a reason' });
    assert.equal((await heard)[0].id, role.id);
    const member = await guild.members.fetch(PERSON);
    const updated = next(Events.GuildMemberUpdate, (_, m) => m.roles.cache.has(role.id));
    await member.roles.add(role);
    await updated;
    await role.edit({ name: 'artists', hoist: true });
    assert.equal((await guild.roles.fetch(role.id, { force: true })).name, 'artists');
    const gone = next(Events.GuildRoleDelete);
    await role.delete();
    await gone;
  },
  async 'overwrites are honoured'() {
    const hidden = await guild.channels.create({
      name: 'staff only',
      permissionOverwrites: [{ id: guild.id, deny: [P.ViewChannel] }, { id: client.user.id, allow: [P.ViewChannel] }],
    });
    assert.equal(hidden.name, 'staff-only');
    await assert.rejects(person('GET', `/channels/${hidden.id}/messages`), /403/);
    await hidden.permissionOverwrites.edit(PERSON, { ViewChannel: true });
    await person('GET', `/channels/${hidden.id}/messages`);
    await hidden.setTopic('a topic');
    const gone = next(Events.ChannelDelete, (c) => c.id === hidden.id);
    await hidden.delete();
    await gone;
  },
  async 'invites'() {
    const heard = next(Events.InviteCreate);
    const invite = await channel.createInvite({ maxAge: 60, maxUses: 1, unique: true });
    await heard;
    assert.equal((await client.fetchInvite(invite.code)).guild.id, GUILD);
    assert((await guild.invites.fetch()).has(invite.code));
    await invite.delete();
  },
  async 'attachments are byte for byte'() {
    const sent = await channel.send({ files: [{ attachment: BYTES, name: 'bytes.bin', description: 'bytes' }] });
    const attachment = sent.attachments.first();
    assert.equal(attachment.size, BYTES.length);
    assert.equal(attachment.description, 'bytes');
    const back = Buffer.from(await (await fetch(attachment.url)).arrayBuffer());
    assert(BYTES.equals(back));
  },
  async 'emoji upload'() {
    const emoji = await guild.emojis.create({ attachment: PIXEL, name: 'pixel' });
    assert.equal(guild.emojis.cache.get(emoji.id).name, 'pixel');
    await message.react(emoji);
    assert((await fetch(emoji.imageURL({ extension: 'png', size: 64 }))).ok);
    await emoji.delete();
  },
  async 'typing'() {
    const heard = next(Events.TypingStart, (t) => t.user.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/typing`, {});
    await heard;
    await channel.sendTyping();
  },
  async 'presence'() {
    client.user.setPresence({ status: 'dnd', activities: [{ name: 'chess', type: 0 }] });
    const [, presence] = await next(Events.PresenceUpdate, (_, p) => p.userId === client.user.id);
    assert.equal(presence.status, 'dnd');
    assert.equal(presence.activities[0].name, 'chess');
  },
  async 'member chunking'() {
    const members = await guild.members.fetch({ withPresences: true });
    assert(members.has(PERSON) && members.has(client.user.id));
    const some = await guild.members.fetch({ query: members.get(PERSON).user.username.slice(0, 4), limit: 5 });
    assert(some.has(PERSON));
    const found = await guild.members.search({ query: members.get(PERSON).user.username });
    assert(found.has(PERSON));
  },
  async 'nickname and timeout'() {
    const member = await guild.members.fetch(PERSON);
    await member.setNickname('nick');
    assert.equal((await guild.members.fetch({ user: PERSON, force: true })).nickname, 'nick');
    await member.timeout(60_000, 'calm down');
    await assert.rejects(person('POST', `/channels/${CHANNEL}/messages`, { content: 'x' }), /403/);
    await member.timeout(null);
  },
  async 'direct messages'() {
    const user = await client.users.fetch(PERSON);
    const sent = await user.send('in private');
    const heard = next(Events.MessageCreate, (m) => m.channelId === sent.channelId && m.author.id === PERSON);
    await person('POST', `/channels/${sent.channelId}/messages`, { content: 'back' });
    assert.equal((await heard)[0].guild, null);
  },
  async 'threads, seen by a second bot'() {
    const second = new Client(options);
    const hears = listen(second);
    const ready = hears(Events.ClientReady);
    await second.login(SECOND_TOKEN);
    await ready;
    const seen = hears(Events.ThreadCreate, (t) => t.name === 'about it');
    const asked = await channel.send('let us talk');
    const thread = await asked.startThread({ name: 'about it', autoArchiveDuration: 60 });
    assert.equal(thread.id, asked.id);
    assert.equal((await seen)[0].parentId, CHANNEL);
    assert.equal((await thread.fetchStarterMessage()).content, 'let us talk');
    const said = hears(Events.MessageCreate, (m) => m.content === 'inside');
    await thread.send('inside');
    assert.equal((await said)[0].channel.id, thread.id);
    const joined = hears(Events.ThreadMembersUpdate, (added) => added.has(PERSON));
    await person('PUT', `/channels/${thread.id}/thread-members/@me`, {});
    await joined;
    const secret = await channel.threads.create({ name: 'from nothing', type: ChannelType.PrivateThread });
    await secret.members.add(PERSON);
    assert((await secret.members.fetch()).has(PERSON));
    assert.equal(second.channels.cache.has(secret.id), false);
    const asleep = hears(Events.ThreadUpdate, (_, t) => t.id === thread.id && t.archived);
    await thread.setArchived(true);
    await asleep;
    assert((await channel.threads.fetchArchived()).threads.has(thread.id));
    await thread.setArchived(false);
    assert((await channel.threads.fetchActive()).threads.has(thread.id));
    const gone = hears(Events.ThreadDelete, (t) => t.id === thread.id);
    await thread.delete();
    await gone;
    await secret.delete();
    await second.destroy();
  },
  async 'errors are mapped'() {
    await assert.rejects(client.channels.fetch('1234567890123'), refused(10003, 404));
    await assert.rejects(channel.messages.fetch('1234567890123'), refused(10008, 404));
    await assert.rejects(channel.send(''), refused(50006, 400));
    await assert.rejects(channel.send('x'.repeat(2001)), (error) => {
      refused(50035, 400)(error);
      assert(error.rawError.errors.content._errors[0].code);
      return true;
    });
    const theirs = await person('POST', `/channels/${CHANNEL}/messages`, { content: 'mine' });
    const fetched = await channel.messages.fetch(theirs.id);
    await assert.rejects(client.rest.patch(`/channels/${CHANNEL}/messages/${fetched.id}`, { body: { content: 'x' } }), refused(50005, 403));
  },
  async 'rate limits are left to the library'() {
    const burst = await Promise.all(Array.from({ length: 12 }, (_, n) => channel.send(`burst ${n}`)));
    assert.equal(burst.length, 12);
    assert(limited.length > 0, 'the library saw no limit');
  },
  async 'a dropped socket is resumed without a loss'() {
    const shard = client.ws._ws.strategy.shards.get(0);
    const resumed = next(Events.ShardResume, () => true, 30_000);
    await missed(client, () => shard.destroy({ recover: 1, code: 4200 }), resumed);
  },
  async 'kick and ban'() {
    const removed = next(Events.GuildMemberRemove, (m) => m.id === PERSON);
    await guild.members.kick(PERSON, 'a kick');
    await removed;
    const banned = next(Events.GuildBanAdd, (b) => b.user.id === PERSON);
    await guild.bans.create(PERSON, { reason: 'a ban', deleteMessageSeconds: 0 });
    await banned;
    assert.equal((await guild.bans.fetch(PERSON)).reason, 'a ban');
    const lifted = next(Events.GuildBanRemove, (b) => b.user.id === PERSON);
    await guild.bans.remove(PERSON);
    await lifted;
    await assert.rejects(guild.bans.fetch(PERSON), refused(10026, 404));
  },
  async 'the audit log tells it all'() {
    const log = await guild.fetchAuditLogs({ limit: 50 });
    const actions = log.entries.map((entry) => entry.action);
    for (const action of [10, 12, 20, 22, 23, 24, 25, 30, 31, 32, 40, 60, 73, 74]) assert(actions.includes(action), `no ${action} in ${actions}`);
    assert.equal(log.entries.find((entry) => entry.action === 22).reason, 'a ban');
  },
};

await live(steps);
await client.destroy();
process.exit(0);
