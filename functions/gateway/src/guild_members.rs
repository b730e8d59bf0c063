//! Members of a guild, by id, by name or page by page: for the gateway.
//!
//! See [Discord Docs/Request Guild Members](https://discord.com/developers/docs/events/gateway-events#request-guild-members).

use model::gateway::RequestGuildMembers;
use model::gateway::internal::{MEMBERS_PAGE_MAX, MembersPage};
use runtime::prelude::*;
use store::{guilds, members};

function! {
    at internal "/guilds/{guild_id}/members"
    POST find_guild_members
}

struct FindGuildMembers {
    user_ids: Vec<Id<marker::User>>,
    query: String,
    limit: u32,
    after: u64,
}

impl Form for FindGuildMembers {
    fn read(fields: &mut Fields<'_>) -> Self {
        let ids_max = RequestGuildMembers::LIMIT_MAX as usize;
        let limits = 1..=i64::from(MEMBERS_PAGE_MAX);
        Self {
            user_ids: fields.list("user_ids", ids_max).unwrap_or_default(),
            query: fields.text("query", 0..=100).unwrap_or_default(),
            limit: fields.int("limit", limits).unwrap_or(1) as u32,
            after: fields.get::<Id<marker::User>>("after").map_or(0, Id::get),
        }
    }
}

/// Members with their users, by ascending id.
async fn find_guild_members(
    cx: &Cx,
    _: Internal,
    Path(guild): Path<Id<marker::Guild>>,
    Body(wanted): Body<FindGuildMembers>,
) -> Result<Json<MembersPage>> {
    cx.only_reads();
    let found = if !wanted.user_ids.is_empty() {
        members::among(guild, &wanted.user_ids)
    } else if wanted.query.is_empty() {
        members::page(guild, wanted.after, wanted.limit)
    } else {
        members::search(guild, &wanted.query, wanted.after, wanted.limit)
    };
    let (member_count, members) = cx
        .read((guilds::member_count(guild).optional(), found))
        .await?;
    Ok(Json(MembersPage {
        members,
        member_count: member_count.ok_or(Code::UnknownGuild)?,
    }))
}

#[cfg(test)]
mod tests {
    use model::gateway::internal::MembersRequest;
    use runtime::testing::App;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_found_in_every_way() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let bob = app.register("bob");
        bob.join(guild);
        let gateway = app.itself();
        let find = |request: MembersRequest| {
            let path = format!("/guilds/{guild}/members");
            let answer = gateway.post(&FUNCTION, &path, json!(request)).ok();
            let page: MembersPage = serde_json::from_value(answer).unwrap();
            assert_eq!(page.member_count, 2);
            let users = page.members.iter().map(|m| m.user.as_ref().unwrap().id);
            users.collect::<Vec<_>>()
        };
        let all = MembersRequest {
            limit: 1000,
            ..MembersRequest::default()
        };
        assert_eq!(find(all.clone()), [alice.id, bob.id]);
        assert_eq!(
            find(MembersRequest {
                after: Some(alice.id),
                ..all.clone()
            }),
            [bob.id]
        );
        assert_eq!(
            find(MembersRequest {
                query: "BO".into(),
                ..all.clone()
            }),
            [bob.id]
        );
        let user_ids = vec![alice.id, Id::new(77)];
        assert_eq!(find(MembersRequest { user_ids, ..all }), [alice.id]);
    }
}
