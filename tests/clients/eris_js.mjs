// A bot's life with eris, step by step; see life.mjs.
import assert from 'node:assert/strict';
import https from 'node:https';
import net from 'node:net';
import Eris from 'eris';
import {
  BYTES, CHANNEL, GUILD, PERSON, PIXEL, TOKEN, listen, live, missed, outside, person, url,
} from './life.mjs';

// It speaks TLS always. An agent that dials plainly makes it speak to an instance without TLS.
const { host: domain, hostname, port } = new URL(url);
const agent = new https.Agent();
agent.createConnection = () => net.connect(Number(port), hostname);
const rest = { domain, baseURL: '/api/v10', agent };
const client = new Eris(`Bot ${TOKEN}`, { intents: ['all'], restMode: true, rest });
// It reports a cut socket as an error, and dials again.
client.on('error', (error) => { if (error.code !== 4200) outside(error); });

const next = listen(client);
const refused = (code, status) => (error) => {
  assert.match(error.name, /^DiscordRESTError/);
  assert.deepEqual([error.code, error.res.statusCode], [code, status]);
  return true;
};
const image = `data:image/png;base64,${PIXEL.toString('base64')}`;
let guild; let channel; let message;

const steps = {
  async 'log in'() {
    const ready = next('ready');
    await client.connect();
    await ready;
    assert.equal(client.user.bot, true);
  },
  async 'cache the guild'() {
    guild = client.guilds.get(GUILD);
    channel = client.getChannel(CHANNEL);
    assert.equal(guild.memberCount, 4);
    assert(guild.roles.get(GUILD));
    assert(channel.permissionsOf(client.user.id).has('administrator'));
    assert.equal((await client.getRESTGuild(GUILD, true)).approximateMemberCount, 4);
    assert.equal(client.application.id, (await client.getOAuthApplication()).id);
  },
  async 'send'() {
    const heard = next('messageCreate', (m) => m.content === 'hello');
    const embeds = [{ title: 'a title', color: 0x5865f2, fields: [{ name: 'n', value: 'v' }] }];
    message = await client.createMessage(CHANNEL, { content: 'hello', embeds });
    const [event] = await heard;
    assert.deepEqual([event.id, event.author.id], [message.id, client.user.id]);
    assert.equal(message.embeds[0].title, 'a title');
  },
  async 'hear a person'() {
    const heard = next('messageCreate', (m) => m.author.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/messages`, { content: `hi <@${client.user.id}>` });
    assert.equal((await heard)[0].mentions[0].id, client.user.id);
  },
  async 'edit, reply and forward'() {
    const heard = next('messageUpdate', (m) => m.id === message.id);
    message = await message.edit('edited');
    assert.equal((await heard)[0].content, 'edited');
    const reply = await channel.createMessage({ content: 'a reply', messageReference: { messageID: message.id } });
    assert.equal(reply.referencedMessage.id, message.id);
    const messageReference = { type: 1, messageID: message.id, channelID: CHANNEL };
    const forwarded = await channel.createMessage({ messageReference });
    assert.equal(forwarded.messageSnapshots[0].message.content, 'edited');
  },
  async 'components are kept'() {
    const button = { type: 2, style: 1, label: 'press', custom_id: 'press' };
    const sent = await channel.createMessage({ content: 'a button', components: [{ type: 1, components: [button] }] });
    assert.equal(sent.components[0].components[0].custom_id, 'press');
  },
  async 'react'() {
    const heard = next('messageReactionAdd');
    await message.addReaction('🔥');
    const [, emoji, reactor] = await heard;
    assert.deepEqual([emoji.name, reactor.id], ['🔥', client.user.id]);
    assert.equal((await message.getReaction('🔥'))[0].id, client.user.id);
    assert.equal((await channel.getMessage(message.id)).reactions['🔥'].me, true);
    await message.removeReactions();
  },
  async 'fetch history'() {
    assert.equal((await channel.getMessages({ limit: 2 })).length, 2);
    const around = await channel.getMessages({ around: message.id, limit: 3 });
    assert(around.some((m) => m.id === message.id));
  },
  async 'pins'() {
    const heard = next('channelPinUpdate');
    await message.pin();
    await heard;
    assert.equal((await channel.getPins())[0].id, message.id);
    await message.unpin();
  },
  async 'bulk delete'() {
    const sent = [];
    for (let n = 0; n < 2; n += 1) sent.push(await channel.createMessage(`to go ${n}`));
    const heard = next('messageDeleteBulk');
    await channel.deleteMessages(sent.map((m) => m.id));
    assert.equal((await heard)[0].length, 2);
  },
  async 'roles'() {
    const role = await guild.createRole({ name: 'painters', color: 0xff0000 }, 'a reason');
    const updated = next('guildMemberUpdate', (_, member) => member.id === PERSON && member.roles.includes(role.id));
    await guild.addMemberRole(PERSON, role.id);
    await updated;
    await role.edit({ name: 'artists', hoist: true });
    await role.editPosition(1);
    assert.equal((await guild.getRESTRoles()).find((one) => one.id === role.id).name, 'artists');
    const gone = next('guildRoleDelete');
    await role.delete();
    await gone;
  },
  async 'overwrites are honoured'() {
    const permissionOverwrites = [{ id: GUILD, type: 0, allow: 0, deny: 1024 }];
    const hidden = await guild.createChannel('staff', 0, { permissionOverwrites });
    await assert.rejects(person('GET', `/channels/${hidden.id}/messages`), /403/);
    await hidden.editPermission(PERSON, 1024, 0, 1);
    await person('GET', `/channels/${hidden.id}/messages`);
    assert.equal((await hidden.edit({ topic: 'a topic', rateLimitPerUser: 5 })).topic, 'a topic');
    const gone = next('channelDelete');
    await hidden.delete();
    await gone;
  },
  async 'channels of all types'() {
    const made = [];
    for (const type of [4, 2, 5, 13, 15, 16]) made.push(await guild.createChannel(`type ${type}`, type));
    await guild.editChannelPositions([{ id: made[1].id, position: 1 }]);
    const fetched = new Map((await guild.getRESTChannels()).map((c) => [c.id, c]));
    for (const one of made) {
      assert.equal(fetched.get(one.id).type, one.type);
      await one.delete();
    }
  },
  async 'invites'() {
    const heard = next('inviteCreate');
    const { code } = await channel.createInvite({ maxAge: 60, maxUses: 1, unique: true });
    assert.equal((await heard)[1].code, code);
    assert.equal((await client.getInvite(code, true)).guild.id, GUILD);
    assert((await guild.getInvites()).some((invite) => invite.code === code));
    await client.deleteInvite(code);
  },
  async 'attachments are byte for byte'() {
    const files = [{ file: BYTES, name: 'bytes.bin' }, { file: PIXEL, name: 'pixel.png' }];
    const sent = await channel.createMessage({ attachments: [{ id: 0, description: 'bytes' }] }, files);
    const [bytes, pixel] = sent.attachments;
    assert.deepEqual([bytes.description, pixel.width], ['bytes', 1]);
    assert(BYTES.equals(Buffer.from(await (await fetch(bytes.url)).arrayBuffer())));
  },
  async 'emoji and icons'() {
    const emoji = await guild.createEmoji({ image, name: 'pixel' });
    await message.addReaction(`${emoji.name}:${emoji.id}`);
    await guild.deleteEmoji(emoji.id);
    assert((await guild.edit({ icon: image, name: 'renamed' })).icon);
    assert((await client.editSelf({ avatar: image })).avatar);
  },
  async 'typing and presence'() {
    const typed = next('typingStart', (_, user) => user.id === PERSON);
    await person('POST', `/channels/${CHANNEL}/typing`, {});
    await typed;
    const heard = next('presenceUpdate', (member) => member.id === client.user.id);
    client.editStatus('dnd', [{ name: 'chess', type: 0 }]);
    const [member] = await heard;
    assert.deepEqual([member.status, member.activities[0].name], ['dnd', 'chess']);
  },
  async 'member chunking'() {
    const members = await guild.fetchMembers({ presences: true });
    const { username } = members.find((member) => member.id === PERSON);
    assert.equal((await guild.fetchMembers({ query: username, limit: 5 }))[0].id, PERSON);
    assert.equal((await guild.searchMembers(username))[0].id, PERSON);
  },
  async 'nickname and timeout'() {
    await guild.editMember(PERSON, { nick: 'nick' });
    assert.equal((await guild.getRESTMember(PERSON)).nick, 'nick');
    const soon = new Date(Date.now() + 60_000);
    for (const communicationDisabledUntil of [soon, null]) await guild.editMember(PERSON, { communicationDisabledUntil });
  },
  async 'direct messages'() {
    const conversation = await client.getDMChannel(PERSON);
    await conversation.createMessage('in private');
    const heard = next('messageCreate', (m) => m.channel.id === conversation.id && m.author.id === PERSON);
    await person('POST', `/channels/${conversation.id}/messages`, { content: 'back' });
    assert.equal((await heard)[0].guildID, undefined);
  },
  async 'errors are mapped'() {
    await assert.rejects(client.getRESTChannel('1234567890123'), refused(10003, 404));
    await assert.rejects(channel.getMessage('1234567890123'), refused(10008, 404));
    await assert.rejects(channel.createMessage('x'.repeat(2001)), refused(50035, 400));
    const { id } = await person('POST', `/channels/${CHANNEL}/messages`, { content: 'mine' });
    await assert.rejects(channel.editMessage(id, 'x'), refused(50005, 403));
  },
  async 'rate limits are left to the library'() {
    const burst = Array.from({ length: 8 }, (_, n) => channel.createMessage(`burst ${n}`));
    assert.equal((await Promise.all(burst)).length, 8);
  },
  async 'a dropped socket is resumed without a loss'() {
    const resumed = next('shardResume', () => true, 30_000);
    await missed(client, () => client.shards.get(0).ws.close(4200), resumed);
  },
  async 'kick and ban'() {
    const removed = next('guildMemberRemove', (_, member) => member.id === PERSON);
    await guild.kickMember(PERSON, 'a kick');
    await removed;
    const banned = next('guildBanAdd');
    await guild.banMember(PERSON, { deleteMessageSeconds: 0, reason: 'a ban' });
    await banned;
    assert.equal((await guild.getBan(PERSON)).reason, 'a ban');
    await guild.unbanMember(PERSON);
    await assert.rejects(guild.getBan(PERSON), refused(10026, 404));
  },
  async 'the audit log tells it all'() {
    const { entries } = await guild.getAuditLog({ limit: 100 });
    const actions = entries.map((entry) => entry.actionType);
    for (const action of [10, 12, 20, 22, 23, 24, 25, 30, 31, 32, 40, 60, 73]) assert(actions.includes(action), `no ${action}`);
  },
};

await live(steps);
client.disconnect({ reconnect: false });
process.exit(0);
