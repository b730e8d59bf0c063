//! Answering who asks for members.
//!
//! Members are asked of an internal function, a page at a time, and sent on as chunks; a guild of
//! 100,000 is never in memory at once.
//!
//! See [Discord Docs/Request Guild Members](https://discord.com/developers/docs/events/gateway-events#request-guild-members).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::dispatch::GuildMembersChunk;
use model::gateway::internal::{MEMBERS_PAGE_MAX, MembersPage, MembersRequest};
use model::gateway::{Intents, RequestGuildMembers, RequestedUser};
use model::id::marker;
use model::member::MemberInGuild;
use model::{Id, Member, Permissions, Timestamp};

use super::{Live, reads_presences, send_to};
use crate::guild::Effect;
use crate::ids::SessionId;

type UserId = Id<marker::User>;

/// Requests of one session that are answered at the same time. More are ignored.
const REQUESTS_MAX: usize = 16;

/// Requests that are being answered.
#[derive(Debug, Default)]
pub struct Requests {
    next: u64,
    open: BTreeMap<u64, Request>,
}

impl Requests {
    /// Whether nothing is being answered.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The session is gone: nobody waits for its answers.
    pub fn cancel(&mut self, session: SessionId) {
        self.open.retain(|_, request| request.session != session);
    }
}

#[derive(Debug)]
struct Request {
    session: SessionId,
    presences: bool,
    nonce: Option<String>,
    /// Ids that were asked for and did not come yet.
    missing: BTreeSet<UserId>,
    /// What was asked for and cannot be anybody's id.
    nobodys: BTreeSet<String>,
    /// Whether to go on until there are no more.
    all: bool,
    /// Chunks that were sent.
    sent: u32,
    /// Chunks there will be; known with the first page.
    count: Option<u32>,
}

impl Live {
    /// Begins to answer a request, if the session may make it.
    pub(super) fn request_members(
        &mut self,
        session: SessionId,
        user: UserId,
        request: RequestGuildMembers,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(listener) = self.views.find(&self.state, user, session) else {
            return;
        };
        let ids = request.user_ids.as_ref().map(|ids| ids.as_slice());
        let query = request.query.as_deref().unwrap_or("");
        let known = self.state.complete || query.is_empty();
        let recent = (request.recent && known && !listener.wants.bot).then(|| self.recent(query));
        let body = match (ids, &request.query) {
            _ if request.recent => by_query(query, RequestGuildMembers::LIMIT_MAX),
            (Some(ids), _) => by_ids(ids),
            (None, Some(query)) => by_query(query, request.limit.unwrap_or(0)),
            (None, None) => return,
        };
        let all = ids.is_none() && body.limit == MEMBERS_PAGE_MAX;
        // Without ids everybody would be looked for.
        let nobody = ids.is_some() && body.user_ids.is_empty();
        let at_hand = recent.or(nobody.then(Vec::new));
        let nobodys = ids.map_or_else(BTreeSet::new, of_nobody);
        let wants = listener.wants;
        let presences = request.presences == Some(true) && reads_presences(listener);
        let open = self.requests.open.values();
        let busy = open.filter(|r| r.session == session).count() >= REQUESTS_MAX;
        let may = match wants.bot {
            true => wants.has(Intents::GUILD_MEMBERS),
            false => self.may_list(user, now),
        };
        if busy || (all && !may) {
            return;
        }
        self.requests.next += 1;
        let id = self.requests.next;
        let nonce = request.nonce;
        let request = Request {
            session,
            presences,
            nonce: nonce.filter(|nonce| nonce.len() <= RequestGuildMembers::NONCE_BYTES_MAX),
            missing: body.user_ids.iter().copied().collect(),
            nobodys,
            all,
            sent: 0,
            count: (!all).then_some(1),
        };
        self.requests.open.insert(id, request);
        if let Some(members) = at_hand {
            let member_count = self.state.member_count;
            let page = MembersPage {
                members,
                member_count,
            };
            return self.members_loaded(id, Some(page), effects);
        }
        effects.push(Effect::LoadMembers { request: id, body });
    }

    /// The known members that joined last, the last first, with names that begin like this.
    fn recent(&self, query: &str) -> Vec<Member> {
        let query = query.to_lowercase();
        let begins = |name: &str| name.to_lowercase().starts_with(&query);
        let named = |member: &&Arc<Member>| {
            let user = member.user.as_ref();
            let names = [
                member.nick.as_deref(),
                user.map(|user| &*user.username),
                user.and_then(|user| user.global_name.as_deref()),
            ];
            names.into_iter().flatten().any(begins)
        };
        let mut found: Vec<&Arc<Member>> = self.state.members.values().filter(named).collect();
        found.sort_by_key(|member| Reverse(member.joined_at));
        found.truncate(RequestGuildMembers::LIMIT_MAX as usize);
        found.into_iter().map(|it| (**it).clone()).collect()
    }

    /// Whether a user account may have the whole list.
    fn may_list(&self, user: UserId, now: Timestamp) -> bool {
        let needed = [
            Permissions::MANAGE_ROLES,
            Permissions::KICK_MEMBERS,
            Permissions::BAN_MEMBERS,
        ];
        self.state.members.get(&user).is_some_and(|member| {
            let held = self.state.permissions(member, user, None, now);
            needed.iter().any(|one| held.allows(*one))
        })
    }

    /// Sends a page on and asks for the next.
    pub(super) fn members_loaded(
        &mut self,
        id: u64,
        page: Option<MembersPage>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut request) = self.requests.open.remove(&id) else {
            return;
        };
        // A failure ends the answer: the client's own timeout tells it.
        let Some(page) = page else {
            return;
        };
        let count = *request
            .count
            .get_or_insert(page.member_count.div_ceil(MEMBERS_PAGE_MAX).max(1));
        for member in &page.members {
            request.missing.remove(&user_of(member));
        }
        let full = page.members.len() >= MEMBERS_PAGE_MAX as usize;
        let more = request.all && full && request.sent + 1 < count;
        self.send_chunk(&mut request, &page.members, count, effects);
        if more {
            let after = page.members.last().map(user_of);
            let body = MembersRequest {
                limit: MEMBERS_PAGE_MAX,
                after,
                ..MembersRequest::default()
            };
            effects.push(Effect::LoadMembers { request: id, body });
            self.requests.open.insert(id, request);
            return;
        }
        // Members left since the first page: clients wait for as many chunks as were announced.
        while request.sent < count {
            self.send_chunk(&mut request, &[], count, effects);
        }
    }

    fn send_chunk(
        &self,
        request: &mut Request,
        members: &[Member],
        chunk_count: u32,
        effects: &mut Vec<Effect>,
    ) {
        let presences = request.presences.then(|| {
            let online = members
                .iter()
                .filter_map(|m| self.presences.get(&user_of(m)));
            online.map(|presence| presence.update(self.id)).collect()
        });
        let chunk = GuildMembersChunk {
            guild_id: self.id,
            members: members
                .iter()
                .map(|it| MemberInGuild::new(self.id, it))
                .collect(),
            chunk_index: request.sent,
            chunk_count,
            not_found: request.not_found(),
            presences,
            nonce: request.nonce.as_deref(),
        };
        request.sent += 1;
        send_to(vec![request.session], &chunk, effects);
    }
}

impl Request {
    /// Whom this answer does not find. Told once.
    fn not_found(&mut self) -> Vec<String> {
        let missing = std::mem::take(&mut self.missing);
        let missing = missing.into_iter().map(|id| id.to_string());
        missing.chain(std::mem::take(&mut self.nobodys)).collect()
    }
}

/// As many as are looked for at once.
fn asked(ids: &[RequestedUser]) -> impl Iterator<Item = &RequestedUser> {
    ids.iter().take(RequestGuildMembers::LIMIT_MAX as usize)
}

fn of_nobody(ids: &[RequestedUser]) -> BTreeSet<String> {
    let nobodys = asked(ids).filter(|asked| asked.id().is_none());
    nobodys.map(|asked| asked.0.clone()).collect()
}

fn by_ids(ids: &[RequestedUser]) -> MembersRequest {
    let user_ids = asked(ids).filter_map(RequestedUser::id).collect();
    MembersRequest {
        user_ids,
        limit: RequestGuildMembers::LIMIT_MAX,
        ..MembersRequest::default()
    }
}

fn by_query(query: &str, limit: u32) -> MembersRequest {
    let limit = match (query, limit) {
        ("", 0) => MEMBERS_PAGE_MAX,
        (_, 0) => RequestGuildMembers::LIMIT_MAX,
        (_, limit) => limit.min(RequestGuildMembers::LIMIT_MAX),
    };
    MembersRequest {
        query: query.to_owned(),
        limit,
        ..MembersRequest::default()
    }
}

/// Whose member it is. Pages carry users; a member without one is nobody's.
fn user_of(member: &Member) -> UserId {
    member.user.as_ref().map_or(Id::new(0), |user| user.id)
}
