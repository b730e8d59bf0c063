//! Who may call: every operation of every function, called by everybody who must not, natively and
//! over HTTP.
//!
//! Nothing here names an operation: the list is the catalogue's, and what each requires is read
//! from its handler's first argument. What it requires besides, as the request may be, is tried by
//! `conditional`.

mod conditional;

use std::future::ready;

use futures_util::{StreamExt, stream};
use http::{Method, header};
use model::id::marker;
use model::permissions::bits;
use model::role::Role;
use model::{Code, Id, Permissions};
use runtime::testing::{Actor as Native, App};
use runtime::{Function, Mount, Operation, Requirement, internal};
use serde_json::{Value, json};
use store::{Batch, Store, roles};

use crate::support::{Actor, INTERNAL_KEY, Instance, full_path, now, operations};

/// How many calls over HTTP wait for their answers at once.
const CALLS_AT_ONCE: usize = 16;

/// Somebody who calls what they must not.
#[derive(Debug, Clone, Copy)]
enum Caller {
    /// Without a token.
    Nobody,
    /// With an account, and in no guild.
    Stranger,
    /// A bot in no guild.
    Bot,
    /// With an account, and banned from the guild.
    Banned,
    /// In the guild, with the permissions that everyone has.
    Member,
    /// In the guild, with every permission.
    Administrator,
    /// The guild's owner, who does not run the instance.
    Owner,
}

/// Whom an operation with this requirement refuses, and how.
fn refused(requirement: Requirement) -> Vec<(Caller, Code)> {
    let nobody = (Caller::Nobody, Code::Unauthorized);
    match requirement {
        Requirement::Anyone => Vec::new(),
        Requirement::Caller => vec![nobody],
        Requirement::Human => vec![nobody, (Caller::Bot, Code::BotsNotAllowed)],
        Requirement::Bot => vec![nobody, (Caller::Owner, Code::OnlyBotsAllowed)],
        Requirement::Operator => vec![nobody, (Caller::Owner, Code::MissingAccess)],
        Requirement::OwnsGuild => vec![
            nobody,
            (Caller::Stranger, Code::MissingAccess),
            (Caller::Banned, Code::MissingAccess),
            (Caller::Administrator, Code::MissingPermissions),
        ],
        Requirement::InGuild(needed) | Requirement::InChannel(needed) => {
            let mut refused = vec![
                nobody,
                (Caller::Stranger, Code::MissingAccess),
                (Caller::Banned, Code::MissingAccess),
            ];
            if !Permissions::DEFAULT.allows(Permissions::from_bits_retain(needed)) {
                refused.push((Caller::Member, Code::MissingPermissions));
            }
            refused
        }
        Requirement::Internal => [Caller::Nobody, Caller::Owner]
            .map(|caller| (caller, Code::NotFound))
            .into(),
    }
}

/// One call that must be refused, with a body that would not be read.
struct Call {
    caller: Caller,
    function: &'static Function,
    operation: &'static Operation,
    wanted: Code,
}

impl Call {
    /// Every one.
    fn all() -> impl Iterator<Item = Self> {
        operations().flat_map(|(function, operation)| {
            let refused = refused(operation.access).into_iter();
            refused.map(move |(caller, wanted)| Self {
                caller,
                function,
                operation,
                wanted,
            })
        })
    }

    fn method(&self) -> Method {
        Method::from_bytes(self.operation.method.as_bytes()).expect("a method")
    }

    fn body(&self) -> Option<Value> {
        (self.method() != Method::GET).then(|| json!({}))
    }

    /// What is wrong about an answer.
    fn complaint(&self, status: u16, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let found = (status, body["code"].as_u64());
        let wanted = (self.wanted.status(), Some(self.wanted.number().into()));
        let (method, path) = (self.operation.method, self.function.path);
        let said = format!("{method} {path} answered {:?} {found:?}", self.caller);
        (found != wanted).then(|| format!("{said}, not {wanted:?}"))
    }
}

/// Who plays the callers.
struct Cast<A> {
    nobody: A,
    stranger: A,
    bot: A,
    banned: A,
    member: A,
    administrator: A,
    owner: A,
}

impl<A> Cast<A> {
    fn of(&self, caller: Caller) -> &A {
        match caller {
            Caller::Nobody => &self.nobody,
            Caller::Stranger => &self.stranger,
            Caller::Bot => &self.bot,
            Caller::Banned => &self.banned,
            Caller::Member => &self.member,
            Caller::Administrator => &self.administrator,
            Caller::Owner => &self.owner,
        }
    }
}

/// What the parameters of paths stand for: a guild with a channel and its owner.
struct Place {
    guild: String,
    channel: String,
    owner: String,
}

impl Place {
    /// A path of the function, below its mount.
    fn path(&self, function: &Function) -> String {
        let segments = function.path.split('/').map(|part| self.segment(part));
        segments.collect::<Vec<_>>().join("/")
    }

    fn segment<'a>(&'a self, part: &'a str) -> &'a str {
        match part.trim_start_matches('{').trim_end_matches('}') {
            "guild_id" => &self.guild,
            "channel_id" => &self.channel,
            "user_id" => &self.owner,
            "emoji" => "%F0%9F%94%A5",
            name if part.starts_with('{') && name.ends_with("_id") => "1234567890123",
            name => name.trim_end_matches("..."),
        }
    }
}

#[test]
fn operations_refuse_natively() {
    let app = App::new();
    let cast = Cast {
        nobody: app.nobody(),
        stranger: app.register("stranger"),
        bot: app.bot("bot"),
        banned: app.register("banned"),
        member: app.register("member"),
        administrator: app.register("administrator"),
        owner: app.register("owner"),
    };
    let (guild, channel) = cast.owner.create_guild();
    for member in [&cast.member, &cast.administrator, &cast.banned] {
        member.join(guild);
    }
    cast.administrator.grant(guild, 1, bits::ADMINISTRATOR);
    let ban = format!("/guilds/{guild}/bans/{}", cast.banned.id);
    let mut functions = operations().filter(|(_, it)| it.name == "ban_user_from_guild");
    let (function, _) = functions.next().expect("people can be banned");
    cast.owner.put(function, &ban, json!({})).no_content();
    let place = Place {
        guild: guild.to_string(),
        channel: channel.to_string(),
        owner: cast.owner.id.to_string(),
    };
    let complaints: Vec<_> = Call::all()
        .filter_map(|call| {
            let path = place.path(call.function);
            let actor = cast.of(call.caller);
            let answer = actor.send(call.function, call.method(), &path, call.body(), &[]);
            call.complaint(answer.status, &answer.body)
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_refuse_over_http() {
    let instance = Instance::shared().await;
    let owner = instance.register("owner").await;
    let cast = Cast {
        nobody: instance.nobody(),
        stranger: instance.register("stranger").await,
        bot: owner.create_bot("bot").await,
        banned: instance.register("banned").await,
        member: instance.register("member").await,
        administrator: instance.register("administrator").await,
        owner,
    };
    let (guild, channel) = cast.owner.create_guild("a community").await;
    for member in [&cast.member, &cast.administrator, &cast.banned] {
        cast.owner.invite(&channel, member).await;
    }
    promote(&cast.owner, &guild, &cast.administrator).await;
    let ban = format!("/guilds/{guild}/bans/{}", cast.banned.id);
    cast.owner.put(&ban, json!({})).await.ok();
    let place = Place {
        guild,
        channel,
        owner: cast.owner.id.clone(),
    };
    let complaints: Vec<_> = stream::iter(Call::all())
        .map(|call| refuses_over_http(&cast, &place, call))
        .buffer_unordered(CALLS_AT_ONCE)
        .filter_map(ready)
        .collect()
        .await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Gives somebody a role with every permission.
async fn promote(owner: &Actor, guild: &str, member: &Actor) {
    let role = json!({ "permissions": bits::ADMINISTRATOR.to_string() });
    let role = owner
        .post(&format!("/guilds/{guild}/roles"), role)
        .await
        .ok();
    let role = role["id"].as_str().unwrap_or_default().to_owned();
    let held = format!("/guilds/{guild}/members/{}/roles/{role}", member.id);
    owner.put(&held, json!({})).await.ok();
}

/// A guild with its owner and one member, who is returned.
fn guild_with_a_member(app: &App) -> (Id<marker::Guild>, Native<'_>, Place) {
    let (owner, member) = (app.register("owner"), app.register("member"));
    let (guild, channel) = owner.create_guild();
    member.join(guild);
    let place = Place {
        guild: guild.to_string(),
        channel: channel.to_string(),
        owner: owner.id.to_string(),
    };
    (guild, member, place)
}

/// Each permission of those that an operation always requires is needed, whatever else one holds.
#[test]
fn no_permission_makes_up_for_another() {
    let app = App::new();
    let (_, member, place) = guild_with_a_member(&app);
    let mut complaints = Vec::new();
    for (function, operation) in operations() {
        let needed = match operation.access {
            Requirement::InGuild(needed) | Requirement::InChannel(needed) => needed,
            _ => continue,
        };
        for lacking in Permissions::from_bits_retain(needed).iter() {
            let held = Permissions::all() - lacking - Permissions::ADMINISTRATOR;
            permissions_of_everyone(&app, &place.guild, held);
            let wanted = Code::MissingPermissions;
            complaints.extend(refuses(&member, function, operation, &place, wanted));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Where a guild wants a second factor of its moderators, whoever has none is told so by every
/// operation that always requires what only moderators hold.
#[test]
fn moderators_act_with_a_second_factor() {
    let app = App::new();
    let (guild, member, place) = guild_with_a_member(&app);
    permissions_of_everyone(&app, &place.guild, Permissions::all());
    let mut batch = Batch::main();
    batch.push(store::guilds::set_mfa_level(guild, 1));
    app.write(batch);
    let moderates = |operation: &Operation| match operation.access {
        Requirement::InGuild(needed) | Requirement::InChannel(needed) => {
            Permissions::from_bits_retain(needed).intersects(Permissions::ELEVATED)
        }
        _ => false,
    };
    let complaints: Vec<_> = operations()
        .filter(|(_, operation)| moderates(operation))
        .filter_map(|(function, operation)| {
            refuses(&member, function, operation, &place, Code::MfaRequired)
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn refuses(
    member: &Native<'_>,
    function: &'static Function,
    operation: &'static Operation,
    place: &Place,
    wanted: Code,
) -> Option<String> {
    let call = Call {
        caller: Caller::Member,
        function,
        operation,
        wanted,
    };
    let path = place.path(function);
    let answer = member.send(function, call.method(), &path, call.body(), &[]);
    call.complaint(answer.status, &answer.body)
}

/// Sets what everyone may do in a guild.
fn permissions_of_everyone(app: &App, guild: &str, permissions: Permissions) {
    let guild = guild.parse().expect("an id");
    let roles = app.read(Store::Main, roles::of_guild(guild));
    let everyone = roles.iter().find(|role| role.id.get() == guild.get());
    let before = everyone.expect("a guild has its first role");
    let after = Role {
        permissions,
        ..before.clone()
    };
    let mut batch = Batch::main();
    roles::update(&mut batch, before, &after);
    app.write(batch);
}

async fn refuses_over_http(cast: &Cast<Actor>, place: &Place, call: Call) -> Option<String> {
    let path = full_path(call.function, &place.path(call.function));
    let mut request = cast.of(call.caller).request(call.method(), &path);
    if let Some(body) = call.body() {
        request = request.json(&body);
    }
    let answer = cast.owner.send(call.method(), &path, request).await;
    call.complaint(answer.status, &answer.body)
}

/// Whoever has the key is not the instance, which does not call itself through its own listener.
#[tokio::test(flavor = "multi_thread")]
async fn no_proof_opens_to_the_outside_what_is_internal() {
    let instance = Instance::shared().await;
    let nobody = instance.nobody();
    for (function, operation) in operations() {
        if operation.access != Requirement::Internal {
            continue;
        }
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let path = full_path(function, &function.path.replace(['{', '}'], ""));
        let proof = internal::proof(INTERNAL_KEY, &method, &path, b"{}", now());
        let request = nobody.request(method.clone(), &path).body("{}");
        let request = request.header(header::AUTHORIZATION, proof);
        nobody.send(method, &path, request).await.is(Code::NotFound);
    }
}

#[test]
fn internal_operations_are_so_by_path_and_by_access() {
    let stray = operations().find(|(function, operation)| {
        (function.mount == Mount::Internal) != (operation.access == Requirement::Internal)
    });
    assert!(stray.is_none(), "{stray:?} is internal by one of both");
}
