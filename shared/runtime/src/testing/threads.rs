//! Threads as fixtures.

use model::channel::{Channel, GuildChannel, kind};
use model::thread::{Thread, ThreadMember, ThreadMetadata};
use model::{Id, id::marker};
use store::{Batch, Store, threads};

use super::Actor;

impl Actor<'_> {
    /// A thread of this type in a channel, of which they are the owner and the only member.
    ///
    /// # Panics
    /// When the channel is not one of a guild.
    pub fn create_thread(&self, parent: Id<marker::Channel>, kind: u8) -> Id<marker::Channel> {
        let app = self.app;
        let found = app.read(Store::Main, store::channels::by_id(parent).optional());
        let guild = found
            .and_then(|parent| parent.guild)
            .expect("a channel of a guild");
        let id = app.id();
        let thread = Thread {
            owner_id: self.id,
            message_count: 0,
            total_message_sent: 0,
            member_count: 1,
            thread_metadata: ThreadMetadata {
                archived: false,
                archive_timestamp: app.now(),
                auto_archive_duration: 60,
                locked: false,
                invitable: (kind == kind::PRIVATE_THREAD).then_some(true),
                create_timestamp: Some(app.now()),
            },
            member: None,
        };
        let guild = GuildChannel {
            name: "a thread".to_owned(),
            parent_id: Some(parent),
            ..guild
        };
        let channel = Channel {
            id,
            kind,
            flags: 0,
            last_message_id: None,
            last_pin_timestamp: None,
            guild: None,
            private: None,
        };
        let mut batch = Batch::main();
        threads::insert(&mut batch, &channel, &guild, &thread);
        app.write(batch);
        self.join_thread(guild.guild_id, id);
        id
    }

    /// Makes them a member of a thread.
    pub fn join_thread(&self, guild: Id<marker::Guild>, thread: Id<marker::Channel>) {
        let mut batch = Batch::main();
        let member = ThreadMember {
            id: thread,
            user_id: self.id,
            join_timestamp: self.app.now(),
            flags: 0,
            member: None,
        };
        batch.push(threads::add_member(guild, &member));
        self.app.write(batch);
    }

    /// Archives a thread, or says that it is locked.
    ///
    /// # Panics
    /// When it does not exist.
    pub fn set_thread(&self, id: Id<marker::Channel>, archived: bool, locked: bool) {
        let app = self.app;
        let found = app.read(Store::Main, store::channels::by_id(id).optional());
        let before = found.expect("a thread");
        let mut after = before.clone();
        let thread = after.thread_mut().expect("a thread");
        thread.thread_metadata.archived = archived;
        thread.thread_metadata.locked = locked;
        let mut batch = Batch::main();
        threads::update(&mut batch, &before, &after);
        app.write(batch);
    }
}
