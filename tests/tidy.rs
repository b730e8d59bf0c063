//! The rules of the repository that a machine can check.
//!
//! Each rule reports every place that breaks it. The lists of exceptions may only shrink: an entry
//! that is no longer needed fails its test too.

use std::collections::BTreeSet;

mod circles;
mod licences;
mod source;

use source::{Source, sources, tracked};

/// Lines of the longest function, its signature and closing brace included.
const FUNCTION_LINES_MAX: usize = 70;

/// Lines of the longest file, without its tests.
const FILE_LINES_MAX: usize = 400;

/// Columns of the longest line, unless it holds a link, which cannot be broken.
const COLUMNS_MAX: usize = 100;

/// Tables whose rows stay on one line.
const WIDE_TABLES: &[&str] = &["shared/model/src/error.rs"];

/// Who says HTTP statuses besides the error table: the servers and clients that are no functions.
const STATUS_SPEAKERS: &[&str] = &[
    "local/src/standalone.rs",
    "local/src/blobs.rs",
    "local/src/server.rs",
    "local/src/server/health.rs",
    "shared/runtime/src/host/worker/blobs.rs",
    "shared/runtime/src/respond.rs",
];

/// What isolates keep from one request to the next: numbers, which no answer shows to others.
const KEPT_BETWEEN_REQUESTS: &[&str] = &["shared/runtime/src/host/worker/limits.rs"];

/// Who has SQL of their own: a Durable Object has a database for what nobody else reads.
const SQL_SPEAKERS: &[&str] = &[
    "cloudflare/src/gateway_storage.rs",
    "local/tests/it/keeping.rs",
    "shared/store/",
];

/// Who knows a host by its SDK, or writes what does.
const SDK_SPEAKERS: &[&str] = &[
    "cloudflare/src/",
    "local/tests/guest/",
    "shared/runtime/src/entry",
    "shared/runtime/src/host",
    "xtask/",
];

/// Fails with every line of `complaints`.
#[track_caller]
fn none(complaints: Vec<String>, rule: &str) {
    assert!(complaints.is_empty(), "{rule}\n{}", complaints.join("\n"));
}

/// Fails with every file of `found` that is not below one of the `excepted` paths, and with every
/// path that excepts nothing.
#[track_caller]
fn none_but(found: &BTreeSet<String>, excepted: &[&str], rule: &str) {
    let is_excepted = |path: &&String| excepted.iter().any(|it| path.starts_with(it));
    let new = found.iter().filter(|path| !is_excepted(path)).cloned();
    let needed = |it: &&&str| found.iter().any(|path| path.starts_with(**it));
    let gone = excepted.iter().filter(|it| !needed(it));
    let gone = gone.map(|it| format!("{it} no longer needs its exception"));
    none(new.chain(gone).collect(), rule);
}

/// The files where `test` holds for a line of code: comments and tests left out.
fn files_with(files: &[Source], test: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let speaks = |file: &&Source| file.code().any(|(_, line)| test(line));
    let speakers = files.iter().filter(speaks);
    speakers.map(|file| file.path.clone()).collect()
}

/// Whether `word` stands in `line`, not as the end of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// Whoever calls is whoever has the token in `Authorization`, so that pages of any origin may be
/// allowed to call with credentials.
#[test]
fn no_cookie_is_read_or_set() {
    let mut files = sources();
    files.retain(|file| !file.path.starts_with("tests/"));
    let found = files_with(&files, |line| line.to_lowercase().contains("cookie"));
    none_but(&found, &[], "tokens are in a header, never in a cookie:");
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"));
    none(
        silent.map(|file| file.path).collect(),
        "the first line is a `//!` comment:",
    );
}

#[test]
fn functions_fit_on_a_screen() {
    let mut long = Vec::new();
    for file in sources() {
        for (number, lines) in file.functions() {
            if lines > FUNCTION_LINES_MAX {
                long.push(format!("{}:{number}: {lines} lines", file.path));
            }
        }
    }
    none(long, "a function has at most 70 lines:");
}

#[test]
fn files_can_be_read_in_one_go() {
    let long = sources()
        .into_iter()
        .filter(|file| file.lines_without_tests() > FILE_LINES_MAX);
    none(
        long.map(|file| file.path).collect(),
        "a file has at most 400 lines without its tests:",
    );
}

#[test]
fn lines_fit_on_a_screen() {
    let mut wide = Vec::new();
    let mut tables = BTreeSet::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            let exempt = line.contains("data:image/") || line.contains("://");
            if line.chars().count() <= COLUMNS_MAX || exempt {
                continue;
            }
            if WIDE_TABLES.contains(&file.path.as_str()) {
                tables.insert(file.path.clone());
            } else {
                wide.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none(wide, "a line has at most 100 columns:");
    none_but(&tables, WIDE_TABLES, "tables with wide lines:");
}

#[test]
fn modules_are_files_named_after_them() {
    let named = sources()
        .into_iter()
        .filter(|file| file.path.ends_with("/mod.rs"));
    none(
        named.map(|file| file.path).collect(),
        "`foo.rs` beside `foo/`, no `mod.rs`:",
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two parts, so that this file does not break its own rule.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    let mut found = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none(found, "what is to be done is an issue, not a comment:");
}

#[test]
fn nothing_of_a_request_can_stay_behind() {
    let words = [concat!("static ", "mut "), concat!("thread_", "local!")];
    let found = files_with(&sources(), |line| {
        words.iter().any(|word| has_word(line, word))
    });
    none_but(
        &found,
        KEPT_BETWEEN_REQUESTS,
        "instances are reused, so mutable statics are forbidden:",
    );
}

#[test]
fn only_the_store_has_sql() {
    let words = [
        concat!("\"SEL", "ECT "),
        concat!("INSERT ", "INTO "),
        concat!("INSERT OR ", "IGNORE INTO "),
        concat!("DELETE ", "FROM "),
        concat!("CREATE ", "TABLE "),
        concat!("\"PRAG", "MA "),
    ];
    let found = files_with(&sources(), |line| {
        words.iter().any(|word| line.contains(word))
    });
    none_but(
        &found,
        SQL_SPEAKERS,
        "SQL belongs to shared/store, one named function per statement:",
    );
}

#[test]
fn only_hosts_name_an_sdk() {
    let names = [concat!("spin_", "sdk"), concat!("worker", "::")];
    let found = files_with(&sources(), |line| {
        names.iter().any(|name| has_word(line, name))
    });
    none_but(
        &found,
        SDK_SPEAKERS,
        "SDKs are named by runtime/src/{entry,host} and the Worker alone:",
    );
}

#[test]
fn only_the_error_table_knows_statuses() {
    let mut files = sources();
    files.retain(|file| !file.path.starts_with("tests/"));
    let found = files_with(&files, |line| has_word(line, concat!("Status", "Code::")));
    none_but(
        &found,
        STATUS_SPEAKERS,
        "answer with a `Code`; the table knows its status:",
    );
}

#[test]
fn an_exception_that_nothing_needs_fails() {
    let found = BTreeSet::from(["a/b.rs".to_owned(), "c.rs".to_owned()]);
    none_but(&found, &["a/", "c.rs"], "both are excepted:");
    let fails = |excepted: &[&str]| {
        let fails = std::panic::catch_unwind(|| none_but(&found, excepted, "expected to fail:"));
        fails.is_err()
    };
    assert!(fails(&["a/"]), "c.rs is not excepted");
    assert!(fails(&["a/", "c.rs", "d.rs"]), "d.rs excepts nothing");
}

#[test]
fn a_route_links_to_its_documentation() {
    let mut silent = sources();
    silent.retain(|file| {
        let mut parts = file.path.split('/');
        let route = parts.next() == Some("functions") && parts.nth(1) == Some("src");
        let ours = ["at root", "at admin", "at internal"]
            .iter()
            .any(|mount| file.text.contains(mount));
        let linked = file.text.contains("https://discord.com/developers/docs/")
            || file.text.contains("https://docs.discord.food/");
        route && file.text.contains("function! {") && !ours && !linked
    });
    let silent = silent.into_iter().map(|file| file.path);
    none(
        silent.collect(),
        "a route file links to Discord's page, or the unofficial one:",
    );
}

#[test]
fn no_path_of_a_machine_is_committed() {
    let mut places = vec![format!("{}/", xtask::root().display())];
    places.extend(
        std::env::var("HOME")
            .ok()
            .filter(|home| home.len() > 1)
            .map(|it| it + "/"),
    );
    let mut found = Vec::new();
    for path in tracked() {
        let Ok(text) = std::fs::read_to_string(xtask::root().join(&path)) else {
            continue;
        };
        if places.iter().any(|place| text.contains(place.as_str())) {
            found.push(path);
        }
    }
    none(found, "these files hold an absolute path of this machine:");
}

#[test]
fn lock_files_name_no_registry() {
    let locks = tracked()
        .into_iter()
        .filter(|path| path.ends_with("package-lock.json"));
    let text = |path: &String| std::fs::read_to_string(xtask::root().join(path)).unwrap();
    let named: Vec<_> = locks
        .filter(|path| text(path).contains("\"resolved\":"))
        .collect();
    none(
        named,
        "set npm's omit-lockfile-registry-resolved and write these files again:",
    );
}
