//! A schedule carried out.

use std::collections::BTreeSet;

use gateway_durable::hub::Input;
use model::event::EventKind;
use model::gateway::Intents;
use model::permissions::{Overwrite, OverwriteKind};
use model::{Audience, Id, Permissions};
use serde_json::json;

use super::client::Client;
use super::naive;
use super::schedule::{Mode, Step};
use crate::support::{
    ALL_FLAGS, Call, ChannelId, GuildId, RoleId, UserId, World, channel, event, message, overwrite,
    role,
};

/// A message that was sent, and who must and who may have received it.
#[derive(Debug)]
struct Said {
    id: String,
    content: String,
    author: UserId,
    mentioned: UserId,
    /// Clients that see the channel. Only meant where no connection is lost.
    must: BTreeSet<usize>,
    /// Clients that are about to be let in.
    may: BTreeSet<usize>,
}

/// One world in which a schedule happens.
pub struct Run {
    pub(super) world: World,
    mode: Mode,
    /// Whether connections are really lost.
    lossy: bool,
    pub(super) guild: GuildId,
    users: Vec<UserId>,
    clients: Vec<Client>,
    answers: Vec<Input>,
    said: Vec<Said>,
}

impl Run {
    pub fn new(mode: Mode, lossy: bool) -> Self {
        let (mut world, guild, owner, _) = World::with_guild();
        world.delayed = mode == Mode::Late;
        let mut users = vec![owner, world.user(), world.user(), world.user()];
        users.extend([
            world.bot(ALL_FLAGS),
            world.bot(ALL_FLAGS),
            world.bot(ALL_FLAGS),
        ]);
        for user in &users[1..6] {
            world.enter(guild, *user);
        }
        for permissions in [Permissions::empty(), Permissions::VIEW_CHANNEL] {
            world.role(guild, permissions);
        }
        let mut run = Self {
            world,
            mode,
            lossy,
            guild,
            users,
            clients: Vec::new(),
            answers: Vec::new(),
            said: Vec::new(),
        };
        // The last is hidden from all but those with the first role.
        for seed in [1, 2, 5, 45] {
            let overwrites = run.overwrites(seed);
            run.world.channel(guild, 0, &overwrites);
        }
        run
    }

    fn intents(&self, user: UserId) -> Option<Intents> {
        match self.users.iter().position(|other| *other == user) {
            Some(4) => Some(Intents::all()),
            Some(5) => Some(Intents::GUILDS | Intents::GUILD_MESSAGES),
            Some(6) => Some(Intents::GUILDS),
            _ => None,
        }
    }

    pub fn step(&mut self, step: &Step) {
        match *step {
            Step::Connect { user } => self.connect(user),
            Step::ReadCall { call } => {
                if !self.world.calls.is_empty() {
                    let index = call % self.world.calls.len();
                    let call = self.world.calls.remove(index).unwrap();
                    let answer = self.world.answer(&call);
                    self.answers.push(answer);
                }
            }
            Step::GiveAnswer { answer } => {
                if !self.answers.is_empty() {
                    let answer = self.answers.remove(answer % self.answers.len());
                    self.world.input(answer);
                }
            }
            Step::Publish { count } => self.world.flush(count),
            Step::Repeat { event } => self.repeat(event),
            Step::Lose { client, frames } => self.lose(client, frames),
            Step::Resume { client } => self.resume(client),
            Step::Leave { client } => self.say_goodbye(client),
            Step::Restart => self.restart(),
            Step::Hibernate { compact, crash } => self.hibernate(compact, crash),
            Step::Pass { ms } => self.world.pass(ms),
            Step::Heartbeat { client } => self.heartbeat(client),
            Step::Look { client, what } => self.look(client, what),
            ref other => self.change(other),
        }
        self.absorb();
    }

    fn change(&mut self, step: &Step) {
        match *step {
            Step::Say {
                channel,
                user,
                mention,
            } => self.say(channel, user, mention),
            Step::GiveRoles { user, bits } => {
                let user = self.pick_user(user);
                let roles: Vec<RoleId> = self.roles();
                let chosen = roles.into_iter().enumerate();
                let chosen = chosen.filter(|(i, _)| bits >> i & 1 == 1);
                let chosen: Vec<RoleId> = chosen.map(|(_, role)| role).collect();
                if self.stored().members.contains_key(&user) {
                    self.world.change_roles(self.guild, user, &chosen);
                }
            }
            Step::ChangeRole { role, permissions } => {
                let mut roles = self.roles();
                roles.push(self.guild.cast());
                let role = roles[role % roles.len()];
                let stored = self.stored().roles.get_mut(&role).unwrap();
                stored.hoist = permissions >> 2 & 3 == 0;
                stored.position = (permissions >> 4 & 3) as i32;
                self.world.change_role(self.guild, role, grant(permissions));
            }
            Step::ChangeChannel {
                channel,
                overwrites,
            } => {
                if let Some(channel) = self.pick_channel(channel) {
                    let overwrites = self.overwrites(overwrites);
                    self.world.change_channel(self.guild, channel, &overwrites);
                }
            }
            Step::MakeChannel { overwrites } => self.make_channel(overwrites),
            Step::DeleteChannel { channel } => self.delete_channel(channel),
            Step::DeleteRole { role } => self.delete_role(role),
            Step::MakeRole { permissions } => self.make_role(permissions),
            Step::Join { user } => {
                let user = self.pick_user(user);
                if !self.stored().members.contains_key(&user) {
                    // Who joins again does so at another time.
                    self.world.now = self.world.now.plus_millis(1);
                    self.world.join(self.guild, user);
                }
            }
            Step::Part { user } => {
                let user = self.pick_user(user);
                let owner = self.stored().guild.owner_id;
                if self.stored().members.contains_key(&user) && user != owner {
                    self.world.leave(self.guild, user);
                }
            }
            Step::Crown { user } => self.crown(user),
            ref other => self.change_threads(other),
        }
    }

    pub(super) fn stored(&mut self) -> &mut crate::support::StoredGuild {
        self.world.stored(self.guild)
    }

    pub(super) fn pick_user(&self, n: usize) -> UserId {
        self.users[n % self.users.len()]
    }

    pub(super) fn pick_channel(&mut self, n: usize) -> Option<ChannelId> {
        let channels: Vec<ChannelId> = self.stored().channels.keys().copied().collect();
        (!channels.is_empty()).then(|| channels[n % channels.len()])
    }

    fn roles(&mut self) -> Vec<RoleId> {
        let everyone = self.guild.cast();
        let roles = self.stored().roles.keys().copied();
        roles.filter(|role| *role != everyone).collect()
    }

    /// Overwrites for everyone, for roles and for members, by the bits of a number.
    fn overwrites(&mut self, n: usize) -> Vec<Overwrite> {
        let view = |n: usize| match n % 3 {
            0 => (Permissions::VIEW_CHANNEL, Permissions::empty()),
            1 => (Permissions::empty(), Permissions::VIEW_CHANNEL),
            _ => (Permissions::empty(), Permissions::SEND_MESSAGES),
        };
        let mut overwrites = Vec::new();
        if n & 1 == 1 {
            let (allow, deny) = view(n / 2);
            overwrites.push(overwrite(self.guild, OverwriteKind::Role, allow, deny));
        }
        for (i, role) in self.roles().into_iter().enumerate() {
            if n >> (i + 5) & 1 == 1 {
                let (allow, deny) = view(n / 7 + i);
                overwrites.push(overwrite(role, OverwriteKind::Role, allow, deny));
            }
        }
        if n >> 3 & 3 == 3 {
            let (allow, deny) = view(n / 11);
            let user = self.pick_user(n / 13);
            overwrites.push(overwrite(user, OverwriteKind::Member, allow, deny));
        }
        overwrites
    }

    fn connect(&mut self, n: usize) {
        let user = self.pick_user(n);
        if self.clients.iter().filter(|client| !client.over).count() >= 8 {
            return;
        }
        let socket = self.world.open();
        let fields = match self.intents(user) {
            Some(intents) => json!({"intents": intents.bits()}),
            None => json!({}),
        };
        self.world.identify(socket, user, fields);
        self.clients.push(Client::new(user, socket));
    }

    fn repeat(&mut self, n: usize) {
        let published = self.world.published_events.len();
        if published > 0 {
            let from = n % published;
            let events = self.world.published_events[from..].iter().take(3).cloned();
            let events = events.collect();
            let first = from as u64;
            self.world.input(Input::Published { first, events });
        }
    }

    fn chosen(&mut self, n: usize) -> Option<usize> {
        let ready: Vec<usize> = (0..self.clients.len())
            .filter(|i| self.clients[*i].is_ready() && !self.clients[*i].over)
            .collect();
        (!ready.is_empty()).then(|| ready[n % ready.len()])
    }

    fn lose(&mut self, n: usize, frames: usize) {
        if let Some(i) = self.chosen(n)
            && self.lossy
            && !self.clients[i].lost
        {
            self.clients[i].lose(frames);
            // Now and then the client notices first, and resumes while we think all is well.
            if !frames.is_multiple_of(3) {
                self.world.drop_socket(self.clients[i].socket, None);
            }
        }
    }

    fn resume(&mut self, n: usize) {
        if let Some(i) = self.chosen(n) {
            self.resume_client(i);
        }
    }

    fn resume_client(&mut self, i: usize) {
        let client = &mut self.clients[i];
        if client.lost {
            let socket = self.world.resume(client.first, client.user, client.seq());
            client.resumed(socket);
            // After a restart its token is looked up again.
            let asked =
                |call: &Call| matches!(call, Call::Identify { socket: s, .. } if *s == socket);
            if let Some(at) = self.world.calls.iter().position(asked) {
                let call = self.world.calls.remove(at).unwrap();
                let answer = self.world.answer(&call);
                self.world.input(answer);
            }
        }
    }

    /// From now on the gateway is Durable Objects.
    pub fn divide(&mut self, lag: bool) {
        self.world.divide(lag);
    }

    /// The gateway is evicted and restored.
    pub fn hibernate(&mut self, compact: bool, crash: bool) {
        if self.lossy && self.world.objects.is_some() {
            self.absorb();
            let known = |client: &Client| client.over || client.is_ready();
            let crash = crash && self.clients.iter().all(known);
            self.world.hibernate(compact, crash);
            if crash {
                for client in self.clients.iter_mut().filter(|c| !c.over && !c.lost) {
                    client.lose(0);
                }
            }
        }
    }

    /// The process is restarted while nothing is being looked up: what was would be asked again.
    fn restart(&mut self) {
        let idle = self.world.calls.is_empty() && self.answers.is_empty();
        let known = |client: &Client| client.over || client.is_ready();
        let one_process = self.world.objects.is_none();
        if self.lossy && one_process && idle && self.clients.iter().all(known) {
            self.absorb();
            self.world.restart();
            for client in self.clients.iter_mut().filter(|c| !c.over && !c.lost) {
                client.lose(0);
            }
        }
    }

    /// A user client shows some channels, and a few rows of each.
    fn look(&mut self, n: usize, what: usize) {
        let Some(i) = self.chosen(n) else { return };
        let client = &self.clients[i];
        let bot = self.intents(client.user).is_some();
        if bot || client.lost || !client.guilds.contains(&self.guild) {
            return;
        }
        let stored = &self.world.guilds[&self.guild];
        let channels: Vec<_> = stored.channels.keys().copied().collect();
        let chosen = channels.iter().enumerate();
        let chosen = chosen.filter(|(i, _)| what >> (i % 8) & 1 == 1);
        let ranges: &[&[(usize, usize)]] = &[
            &[(0, 99)],
            &[(0, 1), (4, 5)],
            &[(2, 3), (0, 1), (5, 9)],
            &[(1, 2)],
        ];
        let looks_at: Vec<_> = chosen
            .map(|(i, channel)| (*channel, ranges[(what >> 9).wrapping_add(i) % 4].to_vec()))
            .take(5)
            .collect();
        let fields = looks_at
            .iter()
            .map(|(channel, ranges)| (channel.to_string(), json!(ranges)));
        let fields: serde_json::Map<_, _> = fields.collect();
        let d = json!({"guild_id": self.guild, "channels": fields});
        let socket = client.socket;
        self.clients[i].looks_at = looks_at;
        self.world.send(socket, json!({"op": 14, "d": d}));
    }

    /// What is shown of member lists is what a fresh look at the stores shows.
    fn verify_lists(&self) {
        let stored = &self.world.guilds[&self.guild];
        let present = self.clients.iter().filter(|client| !client.over);
        let online: BTreeSet<UserId> = present.map(|client| client.user).collect();
        let everyone = stored.roles[&self.guild.cast()].permissions;
        for (i, client) in self.clients.iter().enumerate().filter(|(_, c)| !c.over) {
            let lists = client.lists();
            for (channel, ranges) in &client.looks_at {
                if !naive::sees(stored, client.user, *channel) {
                    continue;
                }
                let guild = self.guild.to_string();
                let overwrites = stored.channels[channel].overwrites();
                let id = naive::list_id(&guild, everyone, overwrites);
                let list = &lists.0[&id];
                let rows = naive::rows(stored, &online, *channel);
                assert_eq!(list.rows.len(), rows.len(), "list {id} of client {i}");
                for (first, last) in ranges {
                    let expected = rows.iter().skip(*first).take(last + 1 - first);
                    let expected: Vec<_> = expected.cloned().map(Some).collect();
                    let shown = list.shows(*first, *last);
                    assert_eq!(shown, expected, "rows {first} to {last} of {id} for {i}");
                }
            }
        }
    }

    fn say_goodbye(&mut self, n: usize) {
        if let Some(i) = self.chosen(n) {
            self.resume_client(i);
            self.absorb();
            let client = &mut self.clients[i];
            client.over = true;
            self.world.drop_socket(client.socket, Some(1000));
        }
    }

    fn heartbeat(&mut self, n: usize) {
        if let Some(i) = self.chosen(n)
            && !self.clients[i].lost
        {
            let d = self.clients[i].seq();
            self.world
                .send(self.clients[i].socket, json!({"op": 1, "d": d}));
        }
    }

    fn say(&mut self, channel: usize, user: usize, mention: usize) {
        let Some(channel) = self.pick_channel(channel) else {
            return;
        };
        let (author, mentioned) = (self.pick_user(user), self.pick_user(mention));
        self.say_as(channel, None, author, mentioned);
    }

    /// Something is said in a channel, or in a thread of one.
    pub(super) fn say_as(
        &mut self,
        channel: ChannelId,
        parent: Option<ChannelId>,
        author: UserId,
        mentioned: UserId,
    ) {
        let (mut must, mut may) = (BTreeSet::new(), BTreeSet::new());
        for i in 0..self.clients.len() {
            let client = &self.clients[i];
            let (user, over) = (client.user, client.over);
            let subscribed = client.guilds.contains(&self.guild);
            if over
                || !self
                    .intents(user)
                    .is_none_or(|i| i.contains(Intents::GUILD_MESSAGES))
            {
                continue;
            }
            // Who is about to be let in gets what they may see when they are.
            if !subscribed {
                may.insert(i);
            } else if subscribed && self.sees(user, channel) {
                must.insert(i);
            }
        }
        let id = self.world.fresh();
        let mut data = message(id, (self.guild, channel), author, &[mentioned]);
        // Where a thread is, for the clients of the simulator.
        data["nonce"] = json!(parent);
        let (id, content) = (id.to_string(), format!("message {id}"));
        let guild = self.guild;
        let audience = Audience::Channel { guild, channel };
        let event = event(EventKind::MessageCreate, audience, &data);
        self.world.publish(vec![event]);
        self.said.push(Said {
            id,
            content,
            author,
            mentioned,
            must,
            may,
        });
    }

    fn sees(&mut self, user: UserId, channel: ChannelId) -> bool {
        let stored = self.stored();
        match stored.threads.get(&channel) {
            Some(thread) => naive::sees_thread(stored, user, thread),
            None => naive::sees(stored, user, channel),
        }
    }

    fn make_channel(&mut self, n: usize) {
        let id: ChannelId = Id::new(self.world.fresh());
        let made = channel(self.guild, id, 0, &self.overwrites(n));
        self.stored().channels.insert(id, made.clone());
        self.publish_channel(EventKind::ChannelCreate, id, &made);
    }

    fn delete_channel(&mut self, n: usize) {
        if let Some(id) = self.pick_channel(n) {
            let gone = self.stored().channels.remove(&id).unwrap();
            self.stored()
                .threads
                .retain(|_, thread| thread.parent() != id);
            self.publish_channel(EventKind::ChannelDelete, id, &gone);
        }
    }

    fn publish_channel(&mut self, kind: EventKind, id: ChannelId, data: &model::Channel) {
        let audience = Audience::Channel {
            guild: self.guild,
            channel: id,
        };
        self.world.publish(vec![event(kind, audience, data)]);
    }

    fn make_role(&mut self, n: usize) {
        let id: RoleId = Id::new(self.world.fresh());
        let made = role(id, grant(n));
        self.stored().roles.insert(id, made.clone());
        let data = json!({"guild_id": self.guild, "role": made});
        self.publish_guild(EventKind::GuildRoleCreate, &data);
    }

    fn delete_role(&mut self, n: usize) {
        let roles = self.roles();
        if roles.is_empty() {
            return;
        }
        let id = roles[n % roles.len()];
        let stored = self.stored();
        stored.roles.remove(&id);
        for member in stored.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
        let data = json!({"guild_id": self.guild, "role_id": id});
        self.publish_guild(EventKind::GuildRoleDelete, &data);
    }

    fn crown(&mut self, n: usize) {
        let user = self.pick_user(n);
        if self.stored().members.contains_key(&user) {
            self.stored().guild.owner_id = user;
            let data = json!(self.stored().full());
            self.publish_guild(EventKind::GuildUpdate, &data);
        }
    }

    fn publish_guild(&mut self, kind: EventKind, data: &serde_json::Value) {
        let audience = Audience::Guild(self.guild);
        self.world.publish(vec![event(kind, audience, data)]);
    }

    /// Lets every client look at what came over its connection.
    fn absorb(&mut self) {
        for client in &mut self.clients {
            if !client.lost && !client.over {
                client.take(&self.world.clients[&client.socket].received);
            }
        }
    }

    /// Everything that is under way arrives, and everyone resumes.
    pub fn settle(&mut self) {
        self.world.flush(usize::MAX);
        self.finish_calls();
        for i in 0..self.clients.len() {
            if !self.clients[i].over {
                self.resume_client(i);
            }
        }
        self.finish_calls();
        self.world.pass(1);
        self.finish_calls();
        self.absorb();
    }

    fn finish_calls(&mut self) {
        self.world.carry_all();
        while !self.answers.is_empty() || !self.world.calls.is_empty() {
            for answer in std::mem::take(&mut self.answers) {
                self.world.input(answer);
            }
            self.world.answer_all();
            self.world.carry_all();
        }
    }

    pub fn verify(&mut self) {
        assert_eq!(self.world.malformed, [""; 0]);
        self.verify_lists();
        let exact = self.mode == Mode::Prompt && !self.lossy;
        for (i, client) in self.clients.iter().enumerate().filter(|(_, c)| !c.over) {
            let messages = client.messages();
            for said in &self.said {
                let found = messages.get(&*said.id);
                let times = found.map_or(0, |(times, _)| *times);
                assert!(times <= 1, "{said:?} came {times} times to {i}");
                if exact && said.must.contains(&i) {
                    assert_eq!(times, 1, "{said:?} did not come to {i}");
                }
                if exact && !said.must.contains(&i) && !said.may.contains(&i) {
                    assert_eq!(times, 0, "{said:?} came to {i}");
                }
                let reads = self.intents(client.user).is_none_or(|intents| {
                    intents.contains(Intents::MESSAGE_CONTENT)
                        || [said.author, said.mentioned].contains(&client.user)
                });
                if let Some((_, content)) = found {
                    assert_eq!(*content, if reads { &said.content } else { "" });
                }
            }
            let known = client.known();
            let stored = &self.world.guilds[&self.guild];
            let visible: Vec<String> = naive::visible(stored, client.user)
                .iter()
                .map(ToString::to_string)
                .collect();
            let member = stored.members.contains_key(&client.user);
            let expected: BTreeSet<&str> = visible.iter().map(String::as_str).collect();
            let expected = member.then_some(&expected);
            assert_eq!(known.get(&self.guild), expected, "client {i}");
            self.verify_threads(i, client);
        }
    }

    /// Everyone received what their twin received.
    pub fn compare(&self, twin: &Self) {
        for (i, (client, other)) in self.clients.iter().zip(&twin.clients).enumerate() {
            if !client.over {
                let (story, expected) = (client.story(), other.story());
                for (n, pair) in story.iter().zip(&expected).enumerate() {
                    assert_eq!(pair.0, pair.1, "event {n} of client {i}");
                }
                assert_eq!(story.len(), expected.len(), "client {i}");
            }
        }
    }
}

fn grant(n: usize) -> Permissions {
    match n % 4 {
        0 => Permissions::empty(),
        1 => Permissions::VIEW_CHANNEL,
        2 => Permissions::VIEW_CHANNEL | Permissions::MANAGE_THREADS,
        _ => Permissions::ADMINISTRATOR,
    }
}
