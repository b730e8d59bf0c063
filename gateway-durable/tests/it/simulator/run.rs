//! A schedule carried out.

use std::collections::BTreeSet;

use gateway_durable::hub::Input;
use model::event::EventKind;
use model::gateway::Intents;
use model::{Audience, Permissions};
use serde_json::json;

use super::client::Client;
use super::naive;
use super::schedule::{Mode, Step};
use crate::support::{ALL_FLAGS, Call, ChannelId, GuildId, UserId, World, event, message};

/// A message that was sent, and who must and who may have received it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) id: String,
    pub(super) content: String,
    pub(super) author: UserId,
    pub(super) mentioned: UserId,
    /// Clients that see the channel. Only meant where no connection is lost.
    pub(super) must: BTreeSet<usize>,
    /// Clients that are about to be let in.
    pub(super) may: BTreeSet<usize>,
}

/// One world in which a schedule happens.
pub struct Run {
    pub(super) world: World,
    pub(super) mode: Mode,
    /// Whether connections are really lost.
    pub(super) lossy: bool,
    pub(super) guild: GuildId,
    users: Vec<UserId>,
    pub(super) clients: Vec<Client>,
    pub(super) answers: Vec<Input>,
    pub(super) said: Vec<Said>,
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

    pub(super) fn intents(&self, user: UserId) -> Option<Intents> {
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

    pub(super) fn chosen(&mut self, n: usize) -> Option<usize> {
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

    pub(super) fn resume_client(&mut self, i: usize) {
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

    pub(super) fn say(&mut self, channel: usize, user: usize, mention: usize) {
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
            // A session that is about to be admitted gets the visible part once it is.
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

    /// Lets every client look at what came over its connection.
    pub(super) fn absorb(&mut self) {
        for client in &mut self.clients {
            if !client.lost && !client.over {
                client.take(&self.world.clients[&client.socket].received);
            }
        }
    }
}
