//! A community's life, call by call, as `tests/data/life.txt` tells it.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use actions::totp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, header};
use image::{ImageFormat, RgbImage};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use runtime::internal;
use serde_json::Value;

use xtask::catalogue::Function as Component;

use super::{Actor, INTERNAL_KEY, Instance, component, now, workers};

/// Who has no token.
const NOBODY: &str = "nobody";
/// The instance itself, which calls functions by their own addresses.
const ITSELF: &str = "itself";
/// Who runs the instance.
const OPERATOR: &str = "operator";
/// Whose token is a bot's.
const BOT: &str = "bot";
/// How wide and how high pictures are.
const PICTURE_PIXELS: u32 = 128;
/// How large files are.
const FILE_BYTES: usize = 64 * 1024;
/// The secret of the app that shows codes.
const SECRET: &str = "JBSWY3DPEHPK3PXP";

/// One call.
pub struct Act {
    caller: &'static str,
    method: Method,
    /// The path from the origin, with names of what is kept.
    path: String,
    body: Option<&'static str>,
    has_file: bool,
    refusal: Option<u64>,
    keeps: Vec<(&'static str, &'static str)>,
}

impl Act {
    /// All of them, in their order.
    pub fn all() -> Vec<Self> {
        let mut mount = "";
        let mut acts = Vec::new();
        for line in include_str!("../data/life.txt").lines() {
            match line.strip_prefix("below") {
                Some(path) => mount = path.trim_start(),
                None if line.is_empty() || line.starts_with('#') => {}
                None => acts.push(Self::read(mount, line).unwrap_or_else(|| panic!("{line}"))),
            }
        }
        acts
    }

    fn read(mount: &str, line: &'static str) -> Option<Self> {
        let (line, keeps) = line.split_once(" -> ").unwrap_or((line, ""));
        let (line, refusal) = line.rsplit_once(" !").unwrap_or((line, ""));
        let mut words = line.splitn(4, ' ');
        let (caller, method, path) = (words.next()?, words.next()?, words.next()?);
        let body = words.next();
        let file = body.and_then(|body| body.strip_prefix("file "));
        Some(Self {
            caller,
            method: method.parse().ok()?,
            path: format!("{mount}{path}"),
            body: file.or(body),
            has_file: file.is_some(),
            refusal: refusal.parse().ok(),
            keeps: keeps
                .split(' ')
                .filter_map(|it| it.split_once('='))
                .collect(),
        })
    }

    /// Whether only the instance itself may make it.
    pub fn is_internal(&self) -> bool {
        self.caller == ITSELF
    }

    /// The function that is called.
    pub fn component(&self) -> &'static Component {
        let path = self.path.split('?').next().unwrap_or_default();
        component(path).unwrap_or_else(|| panic!("nobody answers {path}"))
    }

    /// The function and the method that are called.
    pub fn operation(&self) -> String {
        format!("{} {}", self.component().component, self.method)
    }
}

/// The life of a community on an instance.
pub struct Life {
    actor: Actor,
    /// The addresses of functions, where they have some of their own.
    functions: HashMap<String, String>,
    kept: HashMap<&'static str, String>,
}

impl Life {
    /// One that has not begun. No other one on the instance has the same number. `operator` runs
    /// the instance.
    pub fn new(instance: &Arc<Instance>, operator: &Actor, round: usize) -> Self {
        let kept = [
            ("round", round.to_string()),
            ("picture", picture(PICTURE_PIXELS)),
            ("secret", SECRET.to_owned()),
            (OPERATOR, operator.token.clone()),
        ];
        Self {
            actor: instance.nobody(),
            functions: workers::functions(instance),
            kept: kept.into(),
        }
    }

    /// Whether internal calls can be made from here.
    pub fn is_inside(&self) -> bool {
        !self.functions.is_empty()
    }

    /// Whether a function's Worker, by its name, is there and reached by itself.
    pub fn has_worker(&self, worker: &str) -> bool {
        self.functions.contains_key(worker)
    }

    /// Makes a call, whose answer must be what the script says.
    pub async fn call(&mut self, act: &Act) {
        let path = self.filled(&act.path);
        let body = act.body.map(|body| self.filled(body));
        let request = self.request(act, &path, body.clone().unwrap_or_default());
        let request = match body {
            Some(body) if act.has_file => request.multipart(with_file(body)),
            Some(body) => request
                .header("content-type", "application/json")
                .body(body),
            None => request,
        };
        let below = path.strip_prefix("/api/v10").unwrap_or(&path);
        let answer = self.actor.send(act.method.clone(), below, request).await;
        let json = answer.json();
        match act.refusal {
            Some(code) => assert_eq!(json["code"], code, "{path}: {json}"),
            None => drop(answer.ok()),
        }
        for (name, pointer) in &act.keeps {
            let found = json.pointer(pointer).and_then(Value::as_str);
            let found = found.unwrap_or_else(|| panic!("{path}: no {pointer} in {json}"));
            self.kept.insert(name, found.to_owned());
        }
    }

    fn request(&self, act: &Act, path: &str, body: String) -> RequestBuilder {
        if act.is_internal() {
            let url = &self.functions[&workers::worker(act.component())];
            let proof = internal::proof(INTERNAL_KEY, &act.method, path, body.as_bytes(), now());
            let request = Client::new().request(act.method.clone(), format!("{url}{path}"));
            return request.header(header::AUTHORIZATION, proof);
        }
        let request = self.actor.request(act.method.clone(), path);
        match act.caller {
            NOBODY => request,
            BOT => request.header(header::AUTHORIZATION, format!("Bot {}", self.kept[BOT])),
            caller => request.header(header::AUTHORIZATION, &self.kept[caller]),
        }
    }

    /// The text with what is kept in place of the names.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let (name, rest) = part.split_at(end.unwrap_or(part.len()));
            match name {
                "code" => filled.push_str(&totp::shown(SECRET, now())),
                name => filled.push_str(&self.kept[name]),
            }
            filled.push_str(rest);
        }
        filled
    }
}

/// A message's body with a file.
fn with_file(message: String) -> Form {
    let file = Part::bytes(vec![b'.'; FILE_BYTES]).file_name("file.txt");
    Form::new()
        .text("payload_json", message)
        .part("files[0]", file)
}

/// The URL of a picture, so wide and high, that does not compress well.
pub fn picture(pixels: u32) -> String {
    let noise = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
    let picture = RgbImage::from_fn(pixels, pixels, |x, y| {
        let [red, green, blue, _] = noise(x, y).to_be_bytes();
        [red, green, blue].into()
    });
    let mut png = Cursor::new(Vec::new());
    let written = picture.write_to(&mut png, ImageFormat::Png);
    written.expect("a picture");
    format!(
        "data:image/png;base64,{}",
        STANDARD.encode(png.into_inner())
    )
}
