//! How large the instance is.
//!
//! An extension that Spacebar's clients read before anything else. Discord needs none: see
//! [Discord Docs/API Reference](https://discord.com/developers/docs/reference#base-url).

use runtime::prelude::*;
use serde::Serialize;

use store::stats;

function! {
    "/policies/stats"
    GET get_instance_stats, 5 per 60_000 ms
}

/// How large an instance is.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InstanceStats {
    counts: InstanceCounts,
}

/// How many there are of each.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct InstanceCounts {
    user: i64,
    guild: i64,
    members: i64,
    message: i64,
}

/// Counts users, guilds, members and messages. For operators alone, since the counts read whole
/// tables.
async fn get_instance_stats(cx: &Cx, _: Operator) -> Result<Json<InstanceStats>> {
    let counts = cx
        .read(stats::counts().optional())
        .await?
        .unwrap_or_default();
    let messages = cx.read_all_messages(stats::messages).await?;
    let counts = InstanceCounts {
        user: counts.users,
        guild: counts.guilds,
        members: counts.members,
        message: messages.iter().sum(),
    };
    Ok(Json(InstanceStats { counts }))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;
    use store::messages::Stored;

    use super::*;

    #[test]
    fn an_operator_sees_how_many_there_are() {
        let app = App::new();
        let root = app.operator("root");
        let (guild, _) = root.create_guild();
        for channel in app.create_channels_apart(guild) {
            let row = Stored::new(app.id(), channel, root.id, "hello".to_owned());
            let mut batch = Batch::messages(channel);
            store::messages::insert(&mut batch, &row, &[], Code::Overloaded);
            app.write(batch);
        }
        let answer = root.get(&FUNCTION, "/policies/stats").ok();
        let wanted = json!({ "user": 1, "guild": 1, "members": 1, "message": 3 });
        assert_eq!(answer["counts"], wanted);
        app.register("alice")
            .get(&FUNCTION, "/policies/stats")
            .is(Code::MissingAccess);
    }
}
