//! Who may call: every operation of every function, called by everybody who must not.
//!
//! Nothing here names an operation: the list is the catalogue's, and what each demands is read from
//! its handler's first argument.

use http::Method;
use model::{Code, Permissions};
use runtime::testing::{Actor, App};
use runtime::{Function, Mount, Operation, Requirement};
use serde_json::json;

fn operations() -> impl Iterator<Item = (&'static Function, &'static Operation)> {
    let functions = functions::CATALOGUE
        .iter()
        .flat_map(|(_, files)| files.iter());
    functions.flat_map(|(_, function)| {
        function
            .operations
            .iter()
            .map(move |operation| (function, operation))
    })
}

/// A guild with an owner, and everybody who wants in.
struct Stage<'a> {
    owner: Actor<'a>,
    guild: u64,
    channel: u64,
}

impl<'a> Stage<'a> {
    fn new(app: &'a App) -> Self {
        let owner = app.register("owner");
        let (guild, channel) = owner.create_guild();
        Self {
            owner,
            guild: guild.get(),
            channel: channel.get(),
        }
    }

    /// Calls an operation in the guild with a body that would not be read.
    fn call(&self, actor: &Actor<'_>, function: &Function, operation: &Operation) -> (u16, u64) {
        let path: Vec<String> = function
            .path
            .split('/')
            .map(|part| self.segment(part))
            .collect();
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let path = path.join("/");
        let body = (method != Method::GET).then(|| json!({}));
        let answer = actor.send(function, method, &path, body, &[]);
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status, json["code"].as_u64().unwrap_or(u64::MAX))
    }

    fn segment(&self, part: &str) -> String {
        match part.trim_start_matches('{').trim_end_matches('}') {
            "guild_id" => self.guild.to_string(),
            "channel_id" => self.channel.to_string(),
            "user_id" => self.owner.id.to_string(),
            "emoji" => "%F0%9F%94%A5".to_owned(),
            name if part.starts_with('{') && name.ends_with("_id") => "1234567890123".to_owned(),
            name => name.trim_end_matches("...").to_owned(),
        }
    }
}

fn is(code: Code) -> (u16, u64) {
    (code.status(), code.number().into())
}

#[track_caller]
fn all_refused(
    mut select: impl FnMut(Requirement) -> bool,
    call: impl Fn(&Function, &Operation) -> (u16, u64),
    wanted: &[Code],
) {
    let wanted: Vec<_> = wanted.iter().map(|code| is(*code)).collect();
    let wrong: Vec<String> = operations()
        .filter(|(_, operation)| select(operation.access))
        .filter_map(|(function, operation)| {
            let found = call(function, operation);
            let line = format!("{} {} answered {found:?}", operation.method, function.path);
            (!wanted.contains(&found)).then_some(line)
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "expected {wanted:?}:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn nobody_gets_past_an_operation_that_wants_a_caller() {
    let app = App::new();
    let stage = Stage::new(&app);
    let nobody = app.nobody();
    let open = [Requirement::Anyone, Requirement::Internal];
    all_refused(
        |access| !open.contains(&access),
        |function, operation| stage.call(&nobody, function, operation),
        &[Code::Unauthorized],
    );
}

#[test]
fn a_stranger_gets_past_no_guild_and_no_channel() {
    let app = App::new();
    let stage = Stage::new(&app);
    let stranger = app.register("stranger");
    all_refused(
        |access| matches!(access, Requirement::InGuild(_) | Requirement::InChannel(_)),
        |function, operation| stage.call(&stranger, function, operation),
        &[Code::MissingAccess],
    );
}

#[test]
fn a_member_needs_the_permission() {
    let app = App::new();
    let stage = Stage::new(&app);
    let member = app.register("member");
    member.join(model::Id::new(stage.guild));
    let beyond_default =
        |needed: u64| !Permissions::DEFAULT.allows(Permissions::from_bits_retain(needed));
    all_refused(
        |access| match access {
            Requirement::InGuild(needed) | Requirement::InChannel(needed) => beyond_default(needed),
            _ => false,
        },
        |function, operation| stage.call(&member, function, operation),
        &[Code::MissingPermissions],
    );
}

#[test]
fn a_bot_is_refused_what_only_people_may() {
    let app = App::new();
    let stage = Stage::new(&app);
    let bot = app.bot("bot");
    all_refused(
        |access| access == Requirement::Human,
        |function, operation| stage.call(&bot, function, operation),
        &[Code::BotsNotAllowed],
    );
}

#[test]
fn a_person_is_refused_what_only_bots_may() {
    let app = App::new();
    let stage = Stage::new(&app);
    all_refused(
        |access| access == Requirement::Bot,
        |function, operation| stage.call(&stage.owner, function, operation),
        &[Code::OnlyBotsAllowed],
    );
}

#[test]
fn only_operators_run_the_instance() {
    let app = App::new();
    let stage = Stage::new(&app);
    all_refused(
        |access| access == Requirement::Operator,
        |function, operation| stage.call(&stage.owner, function, operation),
        &[Code::MissingAccess],
    );
}

#[test]
fn internal_paths_do_not_exist_for_the_outside() {
    let app = App::new();
    let stage = Stage::new(&app);
    all_refused(
        |access| access == Requirement::Internal,
        |function, operation| stage.call(&stage.owner, function, operation),
        &[Code::NotFound],
    );
    let stray = operations().find(|(function, operation)| {
        (function.mount == Mount::Internal) != (operation.access == Requirement::Internal)
    });
    assert!(
        stray.is_none(),
        "{stray:?} is internal by its path or by its access, not by both"
    );
}
