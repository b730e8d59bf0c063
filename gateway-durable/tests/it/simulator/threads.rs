//! Threads in a schedule, and what everyone must know of them in the end.

use std::collections::BTreeSet;

use model::event::EventKind;
use model::{Audience, Event, Id};
use serde_json::{Value, json};

use super::client::Client;
use super::naive;
use super::run::Run;
use super::schedule::Step;
use crate::support::{ChannelId, event, thread, thread_member};

impl Run {
    pub(super) fn change_threads(&mut self, step: &Step) {
        match *step {
            Step::MakeThread { channel, user } => self.make_thread(channel, user),
            Step::JoinThread { thread, user } => {
                if let Some(id) = self.pick_thread(thread) {
                    self.join_or_leave(id, user);
                }
            }
            Step::TurnThread { thread } => {
                if let Some(id) = self.pick_thread(thread) {
                    self.turn(id);
                }
            }
            Step::DeleteThread { thread } => {
                if let Some(id) = self.pick_thread(thread) {
                    self.delete_thread(id);
                }
            }
            Step::SayInThread {
                thread,
                user,
                mention,
            } => {
                if let Some(id) = self.pick_thread(thread) {
                    let (author, mentioned) = (self.pick_user(user), self.pick_user(mention));
                    if self.stored().threads[&id].is_archived() {
                        self.turn(id);
                    }
                    let parent = self.stored().threads[&id].parent();
                    self.say_as(id, Some(parent), author, mentioned);
                }
            }
            _ => {}
        }
    }

    fn pick_thread(&mut self, n: usize) -> Option<ChannelId> {
        let threads: Vec<ChannelId> = self.stored().threads.keys().copied().collect();
        (!threads.is_empty()).then(|| threads[n % threads.len()])
    }

    fn event(&self, kind: EventKind, channel: ChannelId, data: &Value) -> Event {
        let guild = self.guild;
        event(kind, Audience::Channel { guild, channel }, data)
    }

    fn members_known(&mut self, id: ChannelId) -> Event {
        let members: Vec<_> = self.stored().threads[&id].members.values().collect();
        let data = json!({"id": id, "members": members});
        self.event(EventKind::ThreadMembersKnown, id, &data)
    }

    fn make_thread(&mut self, channel: usize, user: usize) {
        let owner = self.pick_user(user);
        let Some(parent) = self.pick_channel(channel) else {
            return;
        };
        if !naive::sees(self.stored(), owner, parent) {
            return;
        }
        let id: ChannelId = Id::new(self.world.fresh());
        let private = !(user / 7).is_multiple_of(3);
        let mut made = thread(self.guild, id, parent, private, owner);
        made.members.insert(owner, thread_member(id, owner));
        let mut data = json!(made.channel);
        data["newly_created"] = json!(true);
        self.stored().threads.insert(id, made);
        let known = self.members_known(id);
        let created = self.event(EventKind::ThreadCreate, id, &data);
        self.world.publish(vec![known, created]);
    }

    fn join_or_leave(&mut self, id: ChannelId, user: usize) {
        let user = self.pick_user(user);
        if self.stored().threads[&id].is_archived() {
            return;
        }
        let parent = self.stored().threads[&id].parent();
        let sees = naive::sees(self.stored(), user, parent);
        let guild = self.guild;
        let members = &mut self.stored().threads.get_mut(&id).unwrap().members;
        let mut data = json!({"id": id, "guild_id": guild});
        if members.remove(&user).is_some() {
            data["removed_member_ids"] = json!([user]);
        } else if sees {
            let member = thread_member(id, user);
            data["added_members"] = json!([member]);
            members.insert(user, member);
        } else {
            return;
        }
        data["member_count"] = json!(members.len());
        let event = self.event(EventKind::ThreadMembersUpdate, id, &data);
        self.world.publish(vec![event]);
    }

    fn turn(&mut self, id: ChannelId) {
        let archived = self.stored().threads[&id].is_archived();
        let known = archived.then(|| self.members_known(id));
        let stored = self.stored().threads.get_mut(&id).unwrap();
        let thread = stored.channel.thread_mut().unwrap();
        thread.thread_metadata.archived = !archived;
        let data = json!(stored.channel);
        let updated = self.event(EventKind::ThreadUpdate, id, &data);
        self.world
            .publish(known.into_iter().chain([updated]).collect());
    }

    fn delete_thread(&mut self, id: ChannelId) {
        let archived = self.stored().threads[&id].is_archived();
        let known = archived.then(|| self.members_known(id));
        let gone = self.stored().threads.remove(&id).unwrap();
        let data = json!({
            "id": id, "guild_id": self.guild, "parent_id": gone.parent(),
            "type": gone.channel.kind,
        });
        let deleted = self.event(EventKind::ThreadDelete, id, &data);
        self.world
            .publish(known.into_iter().chain([deleted]).collect());
    }

    /// A client knows of the active threads that its user sees, and of no other but private ones
    /// that they left.
    pub(super) fn verify_threads(&self, i: usize, client: &Client) {
        let stored = &self.world.guilds[&self.guild];
        let known = client.threads();
        let active = stored.threads.iter().filter(|(_, it)| !it.is_archived());
        let seen = active.filter(|(_, it)| naive::sees_thread(stored, client.user, it));
        let seen: BTreeSet<String> = seen.map(|(id, _)| id.to_string()).collect();
        let mut kept = known.iter().filter(|(_, it)| !it.left).map(|(id, _)| *id);
        let foreign = kept.find(|id| !seen.contains(*id));
        assert_eq!(
            foreign, None,
            "client {i} knows of a thread it does not see"
        );
        let missed = seen.iter().find(|id| !known.contains_key(&***id));
        assert_eq!(missed, None, "client {i} sees a thread it does not know of");
    }
}
