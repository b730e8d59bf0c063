//! Rust files, as far as the rules need to understand them.

use std::path::Path;
use std::process::Command;

use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

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
            let module = pair[1].trim_start_matches("pub(crate) ");
            pair[0] == "#[cfg(test)]" && module.starts_with("mod ") && module.ends_with('{')
        };
        lines.windows(2).position(begins).unwrap_or(lines.len())
    }

    /// The functions with bodies: the line where each begins, and how many lines it has, those of
    /// functions in it included. What a macro is given is no code before the macro has run.
    pub fn functions(&self) -> Vec<(usize, usize)> {
        let file = syn::parse_file(&self.text);
        let file = file.unwrap_or_else(|error| panic!("{}: {error}", self.path));
        let mut functions = Functions::default();
        functions.visit_file(&file);
        functions.0
    }
}

/// Where functions begin, and how many lines they have.
#[derive(Default)]
struct Functions(Vec<(usize, usize)>);

impl Functions {
    fn push(&mut self, signature: &Signature, body: &Block) {
        let begin = signature.fn_token.span.start().line;
        let end = body.brace_token.span.close().end().line;
        self.0.push((begin, end - begin + 1));
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'a TraitItemFn) {
        if let Some(body) = &function.default {
            self.push(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

fn source(text: &str) -> Source {
    Source {
        path: "x.rs".into(),
        text: text.into(),
    }
}

#[test]
fn a_functions_lines_are_counted() {
    let text = [
        "fn a() {",
        "    if b {",
        "        c(",
        "            d,",
        "        );",
        "    }",
        "}",
        "impl E {",
        "    #[inline]",
        "    pub async fn f(",
        "        g: H,",
        "    ) -> I {",
        "        j(",
        "            |k| {",
        "                fn l() {}",
        "                l()",
        "            },",
        "        );",
        "        m",
        "    }",
        "}",
        "trait N {",
        "    fn o();",
        "    fn p() {",
        "    }",
        "}",
        "q! {",
        "    fn r() {",
        "    }",
        "}",
    ];
    let functions = source(&text.join("\n")).functions();
    assert_eq!(functions, [(1, 7), (10, 11), (15, 1), (24, 2)]);
}

#[test]
fn comments_and_tests_are_not_code() {
    let text = "//! A.\nuse b;\n// c\n#[cfg(test)]\nmod tests {\n}\n";
    let source = source(text);
    assert_eq!(source.code().collect::<Vec<_>>(), [(2, "use b;")]);
    assert_eq!(source.lines_without_tests(), 3);
}
