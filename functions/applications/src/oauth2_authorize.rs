//! Adding a bot to a guild.
//!
//! See [Discord Docs/Bot Authorization Flow](https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow).

use actions::audit_log::{self, Entry};
use actions::join_guild::{ALREADY_MEMBER, Welcome, join_guild, welcome};
use model::application::Application;
use model::event::GuildRoleCreate;
use model::role::{Role, RoleColors, RoleTags};
use model::{Guild, User};
use runtime::access::Membership;
use runtime::prelude::*;
use serde::Serialize;
use store::guilds::{self, Bound};
use store::members::Former;
use store::{Rejection, applications, members, roles, users};

use crate::view::{self, PublicApplication};

function! {
    "/oauth2/authorize"
    GET get_oauth2_authorize
    POST oauth2_authorize, 5 per 60_000 ms
        requires MANAGE_GUILD when "the bot is added"
}

/// Scopes that can be granted. The others would let an application act for a person.
const SCOPES: [&str; 2] = ["bot", "applications.commands"];

/// What an application asks for, in the link.
struct Oauth2AuthorizeQuery {
    client_id: Id<marker::Application>,
    permissions: Permissions,
    guild_id: Option<Id<marker::Guild>>,
}

impl Form for Oauth2AuthorizeQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        let scopes = fields.required_text("scope", 1..=1000);
        let mut words = scopes.split_whitespace();
        if !scopes.is_empty() && !words.clone().all(|scope| SCOPES.contains(&scope)) {
            let message = "The requested scope is invalid, unknown, or malformed.";
            fields.error("scope", "OAUTH2_INVALID_SCOPE", message);
        } else if !scopes.is_empty() && !words.any(|scope| scope == "bot") {
            fields.error("scope", "OAUTH2_INVALID_SCOPE", "The scope must have bot.");
        }
        Self {
            client_id: client_id(fields),
            permissions: fields.get("permissions").unwrap_or_default(),
            guild_id: fields.get("guild_id"),
        }
    }
}

fn client_id(fields: &mut Fields<'_>) -> Id<marker::Application> {
    fields.present("client_id");
    fields.get("client_id").unwrap_or(Id::new(0))
}

/// The application and its bot, if the caller may add it.
async fn requested(
    cx: &Cx,
    caller: &Caller,
    asked: &Oauth2AuthorizeQuery,
) -> Result<(Application, User)> {
    let application = cx
        .read(applications::by_id(asked.client_id).optional())
        .await?;
    let application = application.ok_or(Code::UnknownApplication)?;
    let bot = application.bot_id.ok_or(Code::ApplicationHasNoBot)?;
    if !application.bot_public && application.owner_id != caller.id() {
        return Err(Code::NotApplicationOwner.into());
    }
    let bot = cx.read(users::by_id(bot).optional()).await?;
    Ok((application, bot.ok_or(Code::ApplicationHasNoBot)?))
}

/// What an application asks for, and whom it may be given by.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct AuthorizationRequest {
    application: PublicApplication,
    bot: User,
    user: User,
    /// Those that the user may add the bot to.
    guilds: Vec<ManagedGuild>,
    guild_id: Option<Id<marker::Guild>>,
    permissions: Permissions,
    authorized: bool,
}

/// A guild that a user may add bots to, with what they may do in it.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct ManagedGuild {
    id: Id<marker::Guild>,
    name: String,
    icon: Option<String>,
    mfa_level: u8,
    permissions: Permissions,
}

/// Where the browser goes now.
#[derive(Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
struct Authorized {
    location: String,
}

/// Shows the requested scopes and permissions, and the guilds that the caller may add the bot to.
async fn get_oauth2_authorize(
    cx: &Cx,
    Human(caller): Human,
    Query(asked): Query<Oauth2AuthorizeQuery>,
) -> Result<Json<AuthorizationRequest>> {
    let (application, bot) = requested(cx, &caller, &asked).await?;
    let guilds = managed_guilds(cx, caller.id()).await?;
    Ok(Json(AuthorizationRequest {
        application: view::public(&application, None),
        bot,
        user: caller.account.user,
        guilds,
        guild_id: asked.guild_id,
        permissions: asked.permissions,
        authorized: false,
    }))
}

/// The guilds that a user may add bots to, with what they may do in each.
async fn managed_guilds(cx: &Cx, user: Id<marker::User>) -> Result<Vec<ManagedGuild>> {
    let max = cx.config().limits.guilds_per_user_max;
    let all = cx
        .read(guilds::page_of(user, Bound::After(Id::new(0)), max))
        .await?;
    let ids: Vec<_> = all.iter().map(|(guild, _)| guild.id).collect();
    let held = cx.read(roles::held_in(user, &ids)).await?;
    let mut managed = Vec::new();
    for (guild, _) in all {
        let held = held.iter().filter(|(of, _)| *of == guild.id);
        let held = held.fold(Permissions::empty(), |all, (_, role)| all | *role);
        let owns = guild.owner_id == user;
        if owns || held.allows(Permissions::MANAGE_GUILD) {
            managed.push(ManagedGuild {
                id: guild.id,
                name: guild.name,
                icon: guild.icon,
                mfa_level: guild.mfa_level,
                permissions: if owns { Permissions::ALL } else { held },
            });
        }
    }
    Ok(managed)
}

/// What the caller decided.
struct Oauth2Authorize {
    authorize: bool,
    permissions: Option<Permissions>,
    guild_id: Option<Id<marker::Guild>>,
}

impl Form for Oauth2Authorize {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            authorize: fields.get("authorize").unwrap_or(true),
            permissions: fields.get("permissions"),
            guild_id: fields.get("guild_id"),
        }
    }
}

/// Adds the bot to a guild that the caller manages. The bot gets its own role with the requested
/// permissions that the caller holds.
async fn oauth2_authorize(
    cx: &Cx,
    Human(caller): Human,
    Query(asked): Query<Oauth2AuthorizeQuery>,
    Body(decision): Body<Oauth2Authorize>,
) -> Result<Json<Authorized>> {
    let (_, bot) = requested(cx, &caller, &asked).await?;
    if !decision.authorize {
        return Ok(location(cx, "/oauth2/error?error=access_denied"));
    }
    let guild = decision.guild_id.or(asked.guild_id).ok_or_else(|| {
        Error::field(
            &["guild_id"],
            "BASE_TYPE_REQUIRED",
            "This field is required",
        )
    })?;
    let membership = Membership::of(cx, guild, &caller).await?;
    membership.require(MANAGE_GUILD)?;
    if cx
        .read(members::one(guild, bot.id).optional())
        .await?
        .is_some()
    {
        return Ok(location(cx, "/oauth2/authorized"));
    }
    let wanted = decision.permissions.unwrap_or(asked.permissions);
    let granted = wanted & membership.permissions;
    let former = members::former(membership.guild.id, bot.id).optional();
    let former = cx.read(former).await?;
    match add(cx, &caller, &membership.guild, (&bot, former), granted).await {
        Ok(welcome) => welcome.say(cx).await,
        Err(Rejection::Code(ALREADY_MEMBER)) => {}
        Err(rejection) => return Err(rejection.into()),
    }
    Ok(location(cx, "/oauth2/authorized"))
}

fn location(cx: &Cx, path: &str) -> Json<Authorized> {
    let location = format!("{}{path}", cx.config().public_url);
    Json(Authorized { location })
}

async fn add(
    cx: &Cx,
    caller: &Caller,
    guild: &Guild,
    (bot, former): (&User, Option<Former>),
    granted: Permissions,
) -> std::result::Result<Welcome, Rejection> {
    let mut batch = Batch::main();
    let mut held = Vec::new();
    // A bot that asks for nothing needs no role.
    if !granted.is_empty() {
        let role = managed_role(cx, bot, granted);
        let max = cx.config().limits.roles_per_guild_max;
        batch.require(roles::fewer_than(guild.id, max), Code::TooManyRoles);
        batch.push(roles::insert(guild.id, &role));
        let created = GuildRoleCreate::new(guild.id, &role);
        batch.emit(Event::new(Audience::Guild(guild.id), &created));
        held.push(role.id);
    }
    join_guild(cx, &mut batch, guild, bot, held, false, former);
    let entry = Entry::new(guild.id, caller.id(), audit_log::BOT_ADD).target(bot.id);
    audit_log::write(cx, &mut batch, entry);
    let welcome = welcome(cx, &mut batch, guild, bot.id);
    cx.write(batch).await.map(|_| welcome)
}

/// The role that a bot brings along: nobody else can hold it, and it goes with the bot.
fn managed_role(cx: &Cx, bot: &User, permissions: Permissions) -> Role {
    Role {
        id: cx.id(),
        name: bot.username.clone(),
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        icon: None,
        unicode_emoji: None,
        position: 1,
        permissions,
        managed: true,
        mentionable: false,
        flags: 0,
        tags: Some(RoleTags { bot_id: bot.id }),
    }
}

#[cfg(test)]
mod tests;
