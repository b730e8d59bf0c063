//! Whose token it is, and all that READY tells them: for the gateway.
//!
//! See [Discord Docs/Ready](https://discord.com/developers/docs/events/gateway-events#ready).

use actions::channel_state;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::gateway::STARTS_PER_DAY;
use model::gateway::internal::{Identified, IdentifiedApplication, OwnGuild};
use model::read_state::ChannelReadState;
use model::settings::{guild_settings, user_settings};
use model::{Channel, User};
use runtime::prelude::*;
use runtime::{access, token};
use serde_json::{Map, Value};
use store::settings::Proto;
use store::{
    applications, members, private_channels, read_states, relationships, session_starts, sessions,
    settings,
};

function! {
    at internal "/identify"
    POST identify
}

struct Identify {
    token: String,
    counts: bool,
}

impl Form for Identify {
    fn read(fields: &mut Fields<'_>) -> Self {
        // A malformed token is an invalid one: clients get 401, not a reason to try again.
        let text = fields.raw("token").and_then(Value::as_str);
        Self {
            token: text.unwrap_or_default().to_owned(),
            counts: fields.get("counts").unwrap_or(false),
        }
    }
}

/// All that a session begins with, besides the guilds themselves.
async fn identify(cx: &Cx, _: Internal, Body(asked): Body<Identify>) -> Result<Json<Identified>> {
    cx.only_reads();
    let text = token::from_header(&asked.token);
    let user = token::claimed_user(text).ok_or(Code::Unauthorized)?;
    let (found, guilds, application, private, others) = cx
        .read((
            sessions::by_token(&token::hash(text)).optional(),
            members::memberships(user),
            applications::by_bot(user).optional(),
            private_channels::open_for(user),
            private_channels::others_in_open_for(user),
        ))
        .await?;
    let found = found.filter(|found| found.account.user.id == user);
    let found = found.ok_or(Code::Unauthorized)?;
    let mut batch = sessions::note_use(&found, cx.now()).unwrap_or_else(Batch::main);
    if asked.counts && found.account.user.bot {
        session_starts::count(&mut batch, user, cx.now(), STARTS_PER_DAY);
    }
    if !batch.is_empty() {
        cx.write(batch).await?;
    }
    let account = found.account;
    let mut identified = Identified {
        user: account.private(),
        session_id_hash: found.session,
        application: application.map(|application| IdentifiedApplication {
            id: application.id,
            flags: application.flags as u64,
        }),
        guilds: guilds
            .into_iter()
            .map(|(id, member)| OwnGuild { id, member })
            .collect(),
        private_channels: Vec::new(),
        read_states: Vec::new(),
        settings: Map::new(),
        settings_proto: None,
        guild_settings: Vec::new(),
        relationships: Vec::new(),
    };
    if !account.user.bot {
        identified.private_channels = with_recipients(private, others);
        channel_state::fill(cx, &mut identified.private_channels).await?;
        add_client_state(cx, user, &mut identified).await?;
    }
    Ok(Json(identified))
}

/// Adds what only user clients keep on the server.
async fn add_client_state(
    cx: &Cx,
    user: Id<marker::User>,
    identified: &mut Identified,
) -> Result<()> {
    let (relationships, stored, proto, of_guilds) = cx
        .read((
            relationships::of_user(user),
            settings::of_user(user).optional(),
            settings::proto(user, Proto::Preloaded).optional(),
            settings::of_guilds(user),
        ))
        .await?;
    identified.relationships = relationships;
    identified.settings = user_settings(&stored.unwrap_or_default());
    // Empty before it is first set, as REST answers it.
    let proto = proto.flatten().unwrap_or_default();
    identified.settings_proto = Some(STANDARD.encode(proto));
    let of_guilds = of_guilds.into_iter().map(|(guild, stored)| {
        // Number 0 stands for private conversations.
        let guild = (guild.get() != 0).then_some(guild);
        Value::Object(guild_settings(guild, &stored))
    });
    identified.guild_settings = of_guilds.collect();
    let roles = roles(&identified.guilds);
    let states = cx
        .read_all_messages(|| read_states::of_user(user, &roles))
        .await?;
    let named: Vec<_> = states.iter().map(|state| state.channel_id).collect();
    let seen = access::seen(cx, user, &named).await?;
    let states = states
        .into_iter()
        .filter(|state| seen.contains(&state.channel_id));
    let states = states.map(|state| ChannelReadState {
        id: state.channel_id,
        channel_id: state.channel_id,
        user_id: user,
        last_message_id: state.last_message_id.unwrap_or(Id::new(0)),
        last_pin_timestamp: state.last_pin_at,
        mention_count: state.mention_count,
        flags: 0,
    });
    identified.read_states = states.collect();
    Ok(())
}

/// The roles held in any guild, with the guilds' own numbers, which stand for everyone.
fn roles(guilds: &[OwnGuild]) -> Vec<Id<marker::Role>> {
    let held = guilds
        .iter()
        .flat_map(|guild| guild.member.roles.iter().copied());
    held.chain(guilds.iter().map(|guild| guild.id.cast()))
        .collect()
}

/// Private conversations with who else takes part in them.
fn with_recipients(
    mut channels: Vec<Channel>,
    others: Vec<(Id<marker::Channel>, User)>,
) -> Vec<Channel> {
    for (id, other) in others {
        let channel = channels.iter_mut().find(|channel| channel.id == id);
        if let Some(private) = channel.and_then(|channel| channel.private.as_mut()) {
            private.recipients.push(other);
        }
    }
    channels
}

#[cfg(test)]
mod tests {
    use runtime::testing::{Answer, App};
    use serde_json::json;

    use super::*;

    fn ask(app: &App, token: &str) -> Answer {
        app.itself()
            .post(&FUNCTION, "/identify", json!({ "token": token }))
    }

    #[test]
    fn a_user_is_told_with_their_guilds() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let answer = ask(&app, alice.token()).ok();
        assert_eq!(answer["user"]["id"], json!(alice.id));
        assert_eq!(answer["guilds"][0]["id"], json!(guild));
        assert_eq!(answer["application"], Value::Null);
        let decoded: Identified = serde_json::from_value(answer).unwrap();
        assert!(!decoded.session_id_hash.is_empty());
    }

    #[test]
    fn read_states_are_those_of_every_channel() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let channels = app.create_channels_apart(guild);
        for channel in &channels {
            let mut batch = Batch::messages(*channel);
            batch.push(read_states::set(alice.id, *channel, Id::new(7), 1));
            app.write(batch);
        }
        let answer = ask(&app, alice.token()).ok();
        let states = answer["read_states"].as_array().unwrap();
        assert_eq!(states.len(), channels.len());
        for channel in &channels {
            let state = states.iter().find(|it| it["id"] == json!(channel));
            let state = state.unwrap();
            assert_eq!(
                (&state["last_message_id"], &state["mention_count"]),
                (&json!("7"), &json!(1))
            );
        }
    }

    #[test]
    fn hidden_channels_have_no_read_state() {
        use model::permissions::{Overwrite, OverwriteKind};

        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (guild, open) = alice.create_guild();
        bob.join(guild);
        let hidden = app.create_channel(
            guild,
            &[Overwrite {
                id: guild.cast(),
                kind: OverwriteKind::Role,
                allow: Permissions::empty(),
                deny: Permissions::VIEW_CHANNEL,
            }],
        );
        let closed = alice.create_thread(open, model::channel::kind::PRIVATE_THREAD);
        let (_, foreign) = alice.create_guild();
        for channel in [open, hidden, closed, foreign] {
            for user in [alice.id, bob.id] {
                let mut batch = Batch::messages(channel);
                batch.push(read_states::set(user, channel, Id::new(7), 1));
                app.write(batch);
            }
        }
        let told = |token| {
            let answer = ask(&app, token).ok();
            let states = answer["read_states"].as_array().unwrap().iter();
            let mut ids: Vec<_> = states.map(|it| it["id"].clone()).collect();
            ids.sort_by_key(Value::to_string);
            ids
        };
        assert_eq!(told(bob.token()), [json!(open)]);
        assert_eq!(
            told(alice.token()),
            [open, hidden, closed, foreign].map(|it| json!(it))
        );
        bob.join_thread(guild, closed);
        assert_eq!(told(bob.token()), [json!(open), json!(closed)]);
    }

    #[test]
    fn a_token_that_is_not_valid_is_unauthorized() {
        let app = App::new();
        let alice = app.register("alice");
        ask(&app, "nonsense").is(Code::Unauthorized);
        let wrong = format!("{}x", alice.token());
        ask(&app, &wrong).is(Code::Unauthorized);
        let long = "x".repeat(4000);
        for odd in ["", " ", "Bot ", "..", "\0", &long] {
            ask(&app, odd).is(Code::Unauthorized);
        }
    }

    #[test]
    fn the_route_does_not_exist_for_clients() {
        let app = App::new();
        let alice = app.register("alice");
        alice
            .post(&FUNCTION, "/identify", json!({}))
            .is(Code::NotFound);
        app.nobody()
            .post(&FUNCTION, "/identify", json!({}))
            .is(Code::NotFound);
    }

    #[test]
    fn settings_are_as_whole_as_they_are_over_rest() {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, _) = alice.create_guild();
        let settings = |answer: &Value| answer["settings"].clone();
        let fresh = ask(&app, alice.token()).ok();
        assert_eq!(settings(&fresh), json!(user_settings(&Map::new())));
        let patch = Map::from_iter([("theme".to_owned(), json!("light"))]);
        let muted = Map::from_iter([("muted".to_owned(), json!(true))]);
        let mut batch = Batch::main();
        batch.push(settings::merge(alice.id, &patch));
        batch.push(settings::merge_guild(alice.id, guild, &muted));
        batch.push(settings::merge_guild(alice.id, Id::new(0), &muted));
        app.write(batch);
        let changed = ask(&app, alice.token()).ok();
        assert_eq!(settings(&changed), json!(user_settings(&patch)));
        let of_guilds = changed["guild_settings"].as_array().unwrap();
        let mut counted = muted.clone();
        counted.insert("version".to_owned(), json!(1));
        for of in [None, Some(guild)] {
            assert!(of_guilds.contains(&json!(guild_settings(of, &counted))));
        }
    }
}
