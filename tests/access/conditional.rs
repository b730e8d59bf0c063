//! What operations require depending on the request, as `tests/data/requires.txt` tries it.

use std::collections::{BTreeSet, HashMap};

use http::{Method, header};
use model::{Code, Permissions};
use runtime::access::ConditionalRequirement;
use runtime::testing::{Actor, Answer, App};
use runtime::{BodyStream, Function, Operation};
use serde_json::{Value, json};
use store::{Batch, guilds};

use super::permissions_of_everyone;
use crate::support::{operations, picture};

/// Side of a picture in pixels.
const PICTURE_PIXELS: u32 = 16;

/// One call of the script, not yet filled in.
struct Call {
    method: Method,
    path: &'static str,
    has_file: bool,
    body: Option<&'static str>,
}

/// A call that makes the place, and what is kept of its answer.
struct Step {
    caller: &'static str,
    call: Call,
    keeps: Vec<(&'static str, &'static str)>,
}

/// A call that requires something.
struct Trial {
    line: &'static str,
    call: Call,
    /// The permissions, as [`named`] spells them.
    requirement: &'static str,
    /// The code that refuses whoever lacks them.
    refused: u64,
    /// The code that answers whoever has them, if it is no success.
    then: Option<u64>,
}

/// The script's two parts.
fn script() -> (Vec<Step>, Vec<Trial>) {
    let text = include_str!("../data/requires.txt");
    let (_, text) = text.split_once("\nthe place\n").expect("a place");
    let (place, tried) = text.split_once("\nwhat is tried\n").expect("trials");
    let lines = |text: &'static str| text.lines().filter(|line| !line.is_empty());
    let step = |line| step(line).unwrap_or_else(|| panic!("{line}"));
    let trial = |line| trial(line).unwrap_or_else(|| panic!("{line}"));
    (
        lines(place).map(step).collect(),
        lines(tried).map(trial).collect(),
    )
}

fn step(line: &'static str) -> Option<Step> {
    let (line, keeps) = line.split_once(" -> ").unwrap_or((line, ""));
    let (caller, call) = line.split_once(' ')?;
    let (method, call) = call.split_once(' ')?;
    let (path, body) = call.split_once(' ').unwrap_or((call, ""));
    let keeps = keeps.split(' ').filter_map(|it| it.split_once('='));
    Some(Step {
        caller,
        call: call_of(method, path, body)?,
        keeps: keeps.collect(),
    })
}

fn trial(line: &'static str) -> Option<Trial> {
    let (method, rest) = line.split_once(' ')?;
    let (path, rest) = rest.split_once(' ')?;
    let (requirement, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut code = |name: &str| {
        let after = rest.strip_prefix(name)?;
        let (number, body) = after.split_once(' ').unwrap_or((after, ""));
        rest = body;
        number.parse().ok()
    };
    let refused = code("refused=").unwrap_or(Code::MissingPermissions.number().into());
    let then = code("then=");
    Some(Trial {
        line,
        requirement,
        refused,
        then,
        call: call_of(method, path, rest)?,
    })
}

fn call_of(method: &str, path: &'static str, body: &'static str) -> Option<Call> {
    let file = body.strip_prefix("file ");
    Some(Call {
        method: method.parse().ok()?,
        path,
        has_file: file.is_some(),
        body: Some(file.unwrap_or(body)).filter(|body| !body.is_empty()),
    })
}

/// A requirement's permissions as the script spells them: `A|B&C`.
fn named(requirement: &ConditionalRequirement) -> String {
    let set = |bits: &u64| {
        let names = Permissions::from_bits_retain(*bits);
        let names = names.iter_names().map(|(name, _)| name);
        names.collect::<Vec<_>>().join("&")
    };
    requirement
        .any_of
        .iter()
        .map(set)
        .collect::<Vec<_>>()
        .join("|")
}

/// The function and the operation that a call reaches.
fn reached(call: &Call) -> (&'static Function, &'static Operation) {
    let path = call.path.split('?').next().unwrap_or_default();
    let path = format!("/api/v10{path}");
    let mut found: Vec<_> = operations()
        .filter(|(function, operation)| {
            operation.method == call.method.as_str() && function.matches(&path).is_some()
        })
        .collect();
    // A literal is nearer than a parameter.
    found.sort_by_key(|(function, _)| function.path.matches('{').count());
    *found
        .first()
        .unwrap_or_else(|| panic!("nobody answers {path}"))
}

/// A community of its own for a trial.
struct Place<'a> {
    actors: HashMap<&'static str, Actor<'a>>,
    kept: HashMap<&'static str, String>,
}

impl<'a> Place<'a> {
    fn new(app: &'a App, steps: &[Step]) -> Self {
        let [owner, member, other] = ["owner", "member", "other"].map(|name| app.register(name));
        let (guild, channel) = owner.create_guild();
        let (elsewhere, _) = member.create_guild();
        for actor in [&member, &other] {
            actor.join(guild);
        }
        // High enough to stand above all but the owner.
        member.grant(guild, 10, 0);
        let kept = [
            ("guild", guild.to_string()),
            ("channel", channel.to_string()),
            ("elsewhere", elsewhere.to_string()),
            ("member_id", member.id.to_string()),
            ("other_id", other.id.to_string()),
            ("picture", picture(PICTURE_PIXELS)),
        ];
        let mut place = Self {
            actors: [("owner", owner), ("member", member), ("other", other)].into(),
            kept: kept.into(),
        };
        place.allow_everyone(app, Permissions::all());
        for step in steps {
            place.make(step);
        }
        place
    }

    fn make(&mut self, step: &Step) {
        let answer = self.call(step.caller, &step.call);
        let body = String::from_utf8_lossy(&answer.body);
        assert!(answer.status < 300, "{}: {body}", step.call.path);
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        for (name, pointer) in &step.keeps {
            let found = json.pointer(pointer).and_then(Value::as_str);
            let found = found.unwrap_or_else(|| panic!("no {pointer} in {json}"));
            self.kept.insert(name, found.to_owned());
        }
    }

    fn allow_everyone(&self, app: &App, permissions: Permissions) {
        permissions_of_everyone(app, &self.kept["guild"], permissions);
    }

    fn want_second_factor(&self, app: &App, wanted: bool) {
        let guild = self.kept["guild"].parse().expect("an id");
        let mut batch = Batch::main();
        batch.push(guilds::set_mfa_level(guild, wanted.into()));
        app.write(batch);
    }

    fn call(&self, caller: &str, call: &Call) -> Answer {
        let (function, _) = reached(call);
        let actor = &self.actors[caller];
        let path = self.filled(call.path);
        let body = call.body.map(|body| self.filled(body));
        if call.has_file {
            return with_file(actor, function, call, &path, &body.unwrap_or_default());
        }
        let body = body.map(|body| serde_json::from_str(&body).expect("JSON"));
        let body = body.or((call.method != Method::GET).then(|| json!({})));
        actor.send(function, call.method.clone(), &path, body, &[])
    }

    /// The text with what is kept in place of the names.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let (name, rest) = part.split_at(end.unwrap_or(part.len()));
            filled.push_str(&self.kept[name]);
            filled.push_str(rest);
        }
        filled
    }
}

fn with_file(actor: &Actor, function: &Function, call: &Call, path: &str, body: &str) -> Answer {
    let parts = [
        ("name=\"payload_json\"", body),
        ("name=\"files[0]\"; filename=\"file.txt\"", "A file."),
    ];
    let part = |(name, content)| {
        format!("--part\r\nContent-Disposition: form-data; {name}\r\n\r\n{content}\r\n")
    };
    let form = parts.map(part).concat() + "--part--\r\n";
    let request = http::Request::builder()
        .method(call.method.clone())
        .uri(format!("/api/v10{path}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=part");
    actor.send_raw(function, request, BodyStream::from(form.into_bytes()))
}

/// What everyone holds who lacks all that the requirement names.
fn all_but(requirement: &ConditionalRequirement) -> Permissions {
    let mut lacking =
        Permissions::from_bits_retain(requirement.named()) | Permissions::ADMINISTRATOR;
    // Writing in a thread is a permission of its own.
    if lacking.contains(Permissions::SEND_MESSAGES) {
        lacking |= Permissions::SEND_MESSAGES_IN_THREADS;
    }
    Permissions::all() - lacking
}

fn alternative(bits: u64) -> Permissions {
    let mut set = Permissions::from_bits_retain(bits);
    if set.contains(Permissions::SEND_MESSAGES) {
        set |= Permissions::SEND_MESSAGES_IN_THREADS;
    }
    set
}

fn code_of(answer: &Answer) -> Option<u64> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let failed = answer.status >= 300;
    body["code"]
        .as_u64()
        .filter(|_| failed)
        .or(failed.then_some(0))
}

/// What is wrong about a trial.
fn complaints(trial: &Trial, steps: &[Step]) -> Vec<String> {
    let (function, operation) = reached(&trial.call);
    let Some(requirement) = operation
        .requires
        .iter()
        .find(|it| named(it) == trial.requirement)
    else {
        return vec![format!(
            "{}: {} declares no such requirement",
            trial.line, function.path
        )];
    };
    let mut complaints = Vec::new();
    for bits in requirement.any_of {
        let app = App::new();
        let place = Place::new(&app, steps);
        let mut expect = |held: Permissions, wanted: Option<u64>| {
            place.allow_everyone(&app, held);
            let found = code_of(&place.call("member", &trial.call));
            if found != wanted {
                complaints.push(format!("{}: {found:?}, not {wanted:?}", trial.line));
            }
        };
        expect(all_but(requirement), Some(trial.refused));
        let held = alternative(*bits);
        if held.intersects(Permissions::ELEVATED) {
            // A moderator, and their guild wants a second factor, which they have not.
            place.want_second_factor(&app, true);
            let wanted = Code::MfaRequired.number().into();
            expect(all_but(requirement) | held, Some(wanted));
            place.want_second_factor(&app, false);
        }
        expect(all_but(requirement) | held, trial.then);
    }
    complaints
}

#[test]
fn conditional_requirements_are_refused_without_and_answered_with() {
    let (steps, trials) = script();
    let complaints: Vec<_> = trials
        .iter()
        .flat_map(|it| complaints(it, &steps))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_require_is_tried() {
    let (_, trials) = script();
    let tried: BTreeSet<_> = trials
        .iter()
        .map(|trial| (reached(&trial.call).1.name, trial.requirement.to_owned()))
        .collect();
    let declared: BTreeSet<_> = operations()
        .flat_map(|(_, operation)| {
            let requires = operation.requires.iter();
            requires.map(|requirement| (operation.name, named(requirement)))
        })
        .collect();
    let untried: Vec<_> = declared.difference(&tried).collect();
    assert!(
        untried.is_empty(),
        "add to tests/data/requires.txt: {untried:?}"
    );
}
