// A bot's life with oceanic.js, step by step; see life.mjs.
import assert from 'node:assert/strict';
import { Client, DiscordRESTError } from 'oceanic.js';
import {
  BYTES, CHANNEL, GUILD, PERSON, PIXEL, TOKEN, listen, live, missed, outside, person, refusedBy, url,
} from './life.mjs';

const client = new Client({
  auth: `Bot ${TOKEN}`, rest: { baseURL: `${url}/api/v10` }, gateway: { intents: ['ALL'] },
});
// It reports a cut socket as an error, and dials again.
client.on('error', (error) => { if (!String(error).includes('4200')) outside(error); });

const next = listen(client);
const refused = refusedBy(DiscordRESTError);
const VIEW = { allow: '1024', deny: '0' };
let guild; let channel; let message;

const steps = {
  async 'log in'() {
    const ready = next('ready');
    await client.connect();
    await ready;
    assert.equal(client.user.bot, true);
  },
  async 'cache the guild'() {
    guild = client.guilds.get(GUILD) ?? (await next('guildCreate'))[0];
    channel = client.getChannel(CHANNEL);
    assert.equal(guild.memberCount, 4);
    assert(guild.roles.get(GUILD));
    assert.equal((await client.rest.guilds.get(GUILD, true)).approximateMemberCount, 4);
    assert((await client.rest.applications.getCurrent()).owner);
  },
  async 'send'() {
    const heard = next('messageCreate', (m) => m.content === 'hello');
    const embeds = [{ title: 'a title', color: 0x5865f2, fields: [{ name: 'n', value: 'v' }] }];
    message = await channel.createMessage({ content: 'hello', embeds, nonce: 'once', enforceNonce: true });
    const [event] = await heard;
    assert.deepEqual([event.id, event.nonce, event.author.id], [message.id, 'once', client.user.id]);
    assert.equal(message.embeds[0].title, 'a title');
  },
  async 'hear a person'() {
    const heard = next('messageCreate', (m) => m.author.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/messages`, { content: `hi <@${client.user.id}>` });
    assert.equal((await heard)[0].mentions.users[0].id, client.user.id);
  },
  async 'edit, reply and forward'() {
    const heard = next('messageUpdate', (m) => m.id === message.id);
    message = await message.edit({ content: 'edited' });
    assert.equal((await heard)[0].content, 'edited');
    const reply = await channel.createMessage({ content: 'a reply', messageReference: { messageID: message.id } });
    assert.equal(reply.referencedMessage.id, message.id);
    const messageReference = { messageID: message.id, channelID: CHANNEL, type: 1 };
    const forwarded = await channel.createMessage({ messageReference });
    assert.equal(forwarded.messageSnapshots[0].message.content, 'edited');
  },
  async 'components are kept'() {
    const button = { type: 2, style: 1, label: 'press', customID: 'press' };
    const sent = await channel.createMessage({ content: 'a button', components: [{ type: 1, components: [button] }] });
    assert.equal(sent.components[0].components[0].customID, 'press');
  },
  async 'react'() {
    const heard = next('messageReactionAdd');
    await message.createReaction('🔥');
    assert.equal((await heard)[2].emoji.name, '🔥');
    assert.equal((await message.getReactions('🔥'))[0].id, client.user.id);
    assert.equal((await channel.getMessage(message.id)).reactions[0].me, true);
    await message.deleteReactions();
  },
  async 'fetch history'() {
    const page = await channel.getMessages({ limit: 2 });
    assert.equal(page.length, 2);
    const around = await channel.getMessages({ around: message.id, limit: 3 });
    assert(around.some((m) => m.id === message.id));
  },
  async 'pins'() {
    const heard = next('channelPinsUpdate');
    await message.pin();
    await heard;
    assert.equal((await client.rest.channels.getPins(CHANNEL))[0].message.id, message.id);
    await message.unpin();
  },
  async 'bulk delete'() {
    const sent = [];
    for (let n = 0; n < 2; n += 1) sent.push(await channel.createMessage({ content: `to go ${n}` }));
    const heard = next('messageDeleteBulk');
    await channel.deleteMessages(sent.map((m) => m.id));
    assert.equal((await heard)[0].length, 2);
  },
  async 'roles'() {
    const role = await guild.createRole({ name: 'painters', color: 0xff0000, reason: 'a reason' });
    const updated = next('guildMemberUpdate', (m) => m.id === PERSON && m.roles.includes(role.id));
    await guild.addMemberRole(PERSON, role.id);
    await updated;
    await role.edit({ name: 'artists', hoist: true });
    await guild.editRolePositions([{ id: role.id, position: 1 }]);
    assert.equal((await client.rest.guilds.getRole(GUILD, role.id)).name, 'artists');
    const gone = next('guildRoleDelete');
    await role.delete();
    await gone;
  },
  async 'overwrites are honoured'() {
    const permissionOverwrites = [{ id: GUILD, type: 0, allow: '0', deny: '1024' }];
    const hidden = await guild.createChannel(0, { name: 'staff', permissionOverwrites });
    await assert.rejects(person('GET', `/channels/${hidden.id}/messages`), /403/);
    await hidden.editPermission(PERSON, { type: 1, ...VIEW });
    await person('GET', `/channels/${hidden.id}/messages`);
    assert.equal((await hidden.edit({ topic: 'a topic', rateLimitPerUser: 5 })).topic, 'a topic');
    const gone = next('channelDelete');
    await hidden.delete();
    await gone;
  },
  async 'channels of all types'() {
    const made = [];
    for (const type of [4, 2, 5, 13, 15, 16]) made.push(await guild.createChannel(type, { name: `type ${type}` }));
    await guild.editChannelPositions([{ id: made[1].id, position: 1 }]);
    const fetched = new Map((await client.rest.guilds.getChannels(GUILD)).map((c) => [c.id, c]));
    for (const one of made) {
      assert.equal(fetched.get(one.id).type, one.type);
      await one.delete();
    }
  },
  async 'invites'() {
    const heard = next('inviteCreate');
    const { code } = await channel.createInvite({ maxAge: 60, maxUses: 1, unique: true });
    assert.equal((await heard)[0].code, code);
    assert.equal((await client.rest.channels.getInvite(code, { withCounts: true })).guild.id, GUILD);
    assert((await guild.getInvites()).some((invite) => invite.code === code));
    await client.rest.channels.deleteInvite(code);
  },
  async 'attachments are byte for byte'() {
    const files = [{ contents: BYTES, name: 'bytes.bin', index: 0 }, { contents: PIXEL, name: 'pixel.png', index: 1 }];
    const sent = await channel.createMessage({ files, attachments: [{ id: 0, description: 'bytes' }] });
    const [bytes, pixel] = [...sent.attachments.values()];
    assert.deepEqual([bytes.description, pixel.width], ['bytes', 1]);
    assert(BYTES.equals(Buffer.from(await (await fetch(bytes.url)).arrayBuffer())));
  },
  async 'emoji and icons'() {
    const emoji = await guild.createEmoji({ image: PIXEL, name: 'pixel' });
    await message.createReaction(`${emoji.name}:${emoji.id}`);
    await guild.deleteEmoji(emoji.id);
    assert((await guild.edit({ icon: PIXEL, name: 'renamed' })).icon);
  },
  async 'typing and presence'() {
    const typed = next('typingStart', (_, user) => user.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/typing`, {});
    await typed;
    const heard = next('presenceUpdate', (_, member) => member.id === client.user.id);
    await client.editStatus('dnd', [{ name: 'chess', type: 0 }]);
    const [, , presence] = await heard;
    assert.deepEqual([presence.status, presence.activities[0].name], ['dnd', 'chess']);
  },
  async 'member chunking'() {
    const members = await guild.fetchMembers({ presences: true, limit: 0, query: '' });
    const { username } = members.find((member) => member.id === PERSON);
    assert.equal((await guild.fetchMembers({ query: username, limit: 5 }))[0].id, PERSON);
    assert.equal((await guild.searchMembers({ query: username }))[0].id, PERSON);
  },
  async 'nickname and timeout'() {
    await guild.editMember(PERSON, { nick: 'nick' });
    assert.equal((await guild.getMember(PERSON)).nick, 'nick');
    const soon = new Date(Date.now() + 60_000).toISOString();
    for (const until of [soon, null]) await guild.editMember(PERSON, { communicationDisabledUntil: until });
  },
  async 'direct messages'() {
    const conversation = await client.rest.channels.createDM(PERSON);
    await conversation.createMessage({ content: 'in private' });
    const heard = next('messageCreate', (m) => m.channelID === conversation.id && m.author.id === PERSON);
    await person('POST', `/channels/${conversation.id}/messages`, { content: 'back' });
    assert.equal((await heard)[0].guildID, null);
  },
  async 'errors are mapped'() {
    await assert.rejects(client.rest.channels.get('1234567890123'), refused(10003, 404));
    await assert.rejects(channel.getMessage('1234567890123'), refused(10008, 404));
    await assert.rejects(channel.createMessage({ content: 'x'.repeat(2001) }), refused(50035, 400));
    const { id } = await person('POST', `/channels/${CHANNEL}/messages`, { content: 'mine' });
    await assert.rejects(client.rest.channels.editMessage(CHANNEL, id, { content: 'x' }), refused(50005, 403));
  },
  async 'rate limits are left to the library'() {
    const burst = Array.from({ length: 8 }, (_, n) => channel.createMessage({ content: `burst ${n}` }));
    assert.equal((await Promise.all(burst)).length, 8);
  },
  async 'a dropped socket is resumed without a loss'() {
    const resumed = next('shardResume', () => true, 30_000);
    await missed(client, () => client.shards.get(0).ws.close(4200), resumed);
  },
  async 'kick and ban'() {
    const removed = next('guildMemberRemove', (member) => member.id === PERSON);
    await guild.removeMember(PERSON, 'a kick');
    await removed;
    const banned = next('guildBanAdd');
    await guild.createBan(PERSON, { reason: 'a ban', deleteMessageSeconds: 0 });
    await banned;
    assert.equal((await guild.getBan(PERSON)).reason, 'a ban');
    await guild.removeBan(PERSON);
    await assert.rejects(guild.getBan(PERSON), refused(10026, 404));
  },
  async 'the audit log tells it all'() {
    const { entries } = await guild.getAuditLog({ limit: 100 });
    const actions = entries.map((entry) => entry.actionType);
    for (const action of [10, 12, 20, 22, 23, 24, 25, 30, 31, 32, 40, 60, 73]) assert(actions.includes(action), `no ${action}`);
  },
};

await live(steps);
client.disconnect(false);
process.exit(0);
