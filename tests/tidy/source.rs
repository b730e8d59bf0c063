//! Rust files as text, as far as the rules need to understand it.
//!
//! `cargo fmt` has already settled where braces stand, so indentation tells where a function ends.

use std::path::Path;
use std::process::Command;

/// A Rust file.
pub struct Source {
    /// From the repository's folder.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Every file that git knows or would add, from the repository's folder.
pub fn tracked() -> Vec<String> {
    let mut git = Command::new("git");
    git.current_dir(xtask::root());
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().unwrap();
    assert!(output.status.success(), "git ls-files failed");
    let paths = String::from_utf8(output.stdout).unwrap();
    // A file that is removed but not yet committed is still listed.
    let exists = |path: &&str| Path::new(&xtask::root()).join(path).exists();
    paths.lines().filter(exists).map(str::to_owned).collect()
}

/// Every Rust file of the repository.
pub fn sources() -> Vec<Source> {
    let rust = tracked().into_iter().filter(|path| path.ends_with(".rs"));
    let read = |path: String| {
        let text = std::fs::read_to_string(xtask::root().join(&path)).unwrap();
        Source { path, text }
    };
    rust.map(read).collect()
}

impl Source {
    /// The numbered lines that are neither comments nor tests.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let own = self.lines_before_tests();
        let lines = self.text.lines().enumerate().take(own);
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// How many lines the file has without its tests; none if it is one.
    pub fn lines_without_tests(&self) -> usize {
        let test = self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs");
        if test { 0 } else { self.lines_before_tests() }
    }

    fn lines_before_tests(&self) -> usize {
        let lines: Vec<_> = self.text.lines().collect();
        let begins = |pair: &[&str]| {
            pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        };
        lines.windows(2).position(begins).unwrap_or(lines.len())
    }

    /// The functions: the line where each begins, and how many lines it has.
    pub fn functions(&self) -> Vec<(usize, usize)> {
        let lines: Vec<_> = self.text.lines().collect();
        let mut functions = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            if !begins_function(line) || line.ends_with(';') || line.ends_with('}') {
                continue;
            }
            let indent = &line[..line.len() - line.trim_start().len()];
            let closes = |line: &&str| {
                let rest = line.strip_prefix(indent);
                rest.is_some_and(|rest| rest.starts_with('}') || rest.ends_with(");"))
            };
            let end = lines[index..].iter().position(closes);
            functions.push((index + 1, end.unwrap_or(0) + 1));
        }
        functions
    }
}

fn begins_function(line: &str) -> bool {
    let mut words = line.trim_start().split(' ');
    loop {
        match words.next() {
            Some("fn") => return true,
            Some("async" | "const" | "unsafe" | "extern" | "\"C\"") => {}
            Some(word) if word.starts_with("pub") => {}
            _ => return false,
        }
    }
}

#[test]
fn a_functions_lines_are_counted() {
    let text = [
        "fn a() {",
        "    if b {",
        "    }",
        "}",
        "impl C {",
        "    pub async fn d() -> E {",
        "        f",
        "    }",
        "    fn g();",
        "}",
    ]
    .join("\n");
    let source = Source {
        path: "x.rs".into(),
        text,
    };
    assert_eq!(source.functions(), [(1, 4), (6, 3)]);
}

#[test]
fn comments_and_tests_are_not_code() {
    let text = "//! A.\nuse b;\n// c\n#[cfg(test)]\nmod tests {\n}\n";
    let source = Source {
        path: "x.rs".into(),
        text: text.into(),
    };
    assert_eq!(source.code().collect::<Vec<_>>(), [(2, "use b;")]);
    assert_eq!(source.lines_without_tests(), 3);
}
