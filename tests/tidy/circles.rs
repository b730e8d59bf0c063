//! Which modules of a crate use which, by the paths that they name.
//!
//! The modules below one parent, each with all that is below it, must use each other in one
//! direction. A module and its own ancestors may name each other: they are read together.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, Path, UseTree, Visibility};

use super::source::{Source, sources};

/// The parts of a path, such as `crate`, `guild`, `live`.
type Names = Vec<String>;

/// A module, as far as its own file says.
#[derive(Debug, Default)]
struct Module {
    /// Every path that it names.
    paths: Vec<Names>,
    /// What others find in it that is defined elsewhere: the name, and the path it stands for.
    exports: Vec<(String, Names)>,
}

impl Module {
    fn read(text: &str) -> Self {
        let mut module = Self::default();
        let file = syn::parse_file(text).expect("Rust");
        module.visit_file(&file);
        module
    }

    /// Notes what a `use` names.
    fn import(&mut self, tree: &UseTree, before: &[String], exported: bool) {
        let with = |name: String| {
            let mut path = before.to_vec();
            path.push(name);
            path
        };
        let (alias, path) = match tree {
            UseTree::Path(it) => {
                return self.import(&it.tree, &with(it.ident.to_string()), exported);
            }
            UseTree::Group(group) => {
                let all = group.items.iter();
                return all.for_each(|tree| self.import(tree, before, exported));
            }
            UseTree::Name(it) if it.ident == "self" => {
                (before.last().cloned().unwrap_or_default(), before.to_vec())
            }
            UseTree::Name(it) => (it.ident.to_string(), with(it.ident.to_string())),
            UseTree::Rename(it) => (it.rename.to_string(), with(it.ident.to_string())),
            UseTree::Glob(_) => ("*".to_owned(), before.to_vec()),
        };
        if exported {
            self.exports.push((alias, path.clone()));
        }
        self.paths.push(path);
    }
}

/// Whether an item is only there in tests.
fn is_test(attributes: &[Attribute]) -> bool {
    let mut attributes = attributes.iter();
    attributes.any(|it| match &it.meta {
        Meta::List(list) if it.path().is_ident("cfg") => {
            let tokens = list.tokens.to_string();
            let mut words = tokens.split(|c: char| !c.is_alphanumeric());
            words.any(|word| word == "test")
        }
        _ => false,
    })
}

impl<'a> Visit<'a> for Module {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes = match item {
            Item::Fn(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            Item::Mod(it) => &it.attrs,
            Item::Use(it) => &it.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        // One that is written here names its siblings by one more `super`.
        let Some((_, items)) = &module.content else {
            return;
        };
        let mut inner = Self::default();
        items.iter().for_each(|item| inner.visit_item(item));
        let outward = |path: Names| match path.first()?.as_str() {
            "super" => Some(path[1..].to_vec()),
            "crate" => Some(path),
            _ => None,
        };
        self.paths
            .extend(inner.paths.into_iter().filter_map(outward));
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], exported);
    }

    fn visit_path(&mut self, path: &'a Path) {
        let names = path.segments.iter().map(|it| it.ident.to_string());
        self.paths.push(names.collect());
        visit::visit_path(self, path);
    }
}

/// The modules of a crate.
#[derive(Debug, Default)]
struct Crate(BTreeMap<Names, Module>);

impl Crate {
    /// The module that a path leads to, seen from the module `here`; through what modules export.
    fn target(&self, here: &[String], path: &[String], depth: usize) -> Option<Names> {
        let mut at = here.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => (at, rest) = (vec!["crate".to_owned()], &rest[1..]),
            "super" | "self" => {
                while let Some(word @ ("super" | "self")) = rest.first().map(String::as_str) {
                    if word == "super" {
                        at.pop();
                    }
                    rest = &rest[1..];
                }
            }
            first => {
                at.push(first.to_owned());
                self.0.get(&at)?;
                rest = &rest[1..];
            }
        }
        while let Some(name) = rest.first() {
            at.push(name.clone());
            if !self.0.contains_key(&at) {
                at.pop();
                break;
            }
            rest = &rest[1..];
        }
        let module = self.0.get(&at)?;
        let named = rest.first().filter(|_| depth < 8);
        let mut exports = module.exports.iter();
        let export = named.and_then(|name| exports.find(|(alias, _)| alias == name));
        export
            .and_then(|(_, path)| self.target(&at, path, depth + 1))
            .or(Some(at))
    }

    /// Which modules use which, as the siblings in whose parts of the tree they are.
    fn uses(&self) -> BTreeMap<Names, BTreeSet<Names>> {
        let mut uses: BTreeMap<Names, BTreeSet<Names>> = BTreeMap::new();
        for (here, module) in &self.0 {
            for path in &module.paths {
                let Some(there) = self.target(here, path, 0) else {
                    continue;
                };
                let pairs = here.iter().zip(&there);
                let common = pairs.take_while(|(one, other)| one == other).count();
                // One is the other, or an ancestor of it.
                if common == here.len() || common == there.len() {
                    continue;
                }
                let (from, to) = (here[..=common].to_vec(), there[..=common].to_vec());
                uses.entry(from).or_default().insert(to);
            }
        }
        uses
    }

    /// The modules that use themselves by way of others, those of one circle together.
    fn circles(&self) -> BTreeSet<BTreeSet<Names>> {
        let uses = self.uses();
        let reached = |from: &Names| {
            let mut found = BTreeSet::new();
            let mut open = vec![from];
            while let Some(module) = open.pop() {
                for next in uses.get(module).into_iter().flatten() {
                    if found.insert(next.clone()) {
                        open.push(next);
                    }
                }
            }
            found
        };
        let all: BTreeMap<_, _> = uses.keys().map(|it| (it, reached(it))).collect();
        let back = |from: &Names, to: &Names| all.get(to).is_some_and(|it| it.contains(from));
        let circle = |(from, to): (&&Names, &BTreeSet<Names>)| {
            let circle: BTreeSet<_> = to.iter().filter(|it| back(from, it)).cloned().collect();
            (!circle.is_empty()).then_some(circle)
        };
        all.iter().filter_map(circle).collect()
    }
}

/// The crate's folder and the module of a file; none for tests, and for what is no library.
fn module_of(path: &str) -> Option<(String, Names)> {
    let (folder, inner) = path.split_once("/src/")?;
    let inner = inner.strip_suffix(".rs")?;
    let mut names = vec!["crate".to_owned()];
    if !matches!(inner, "lib" | "main") {
        names.extend(inner.split('/').map(str::to_owned));
    }
    let test = names.last().is_some_and(|it| it == "tests");
    (!test).then(|| (folder.to_owned(), names))
}

fn crates(files: &[Source]) -> BTreeMap<String, Crate> {
    let mut crates: BTreeMap<String, Crate> = BTreeMap::new();
    for file in files {
        if let Some((folder, names)) = module_of(&file.path) {
            let modules = &mut crates.entry(folder).or_default().0;
            modules.insert(names, Module::read(&file.text));
        }
    }
    crates
}

#[test]
fn modules_use_each_other_in_one_direction() {
    let mut found = Vec::new();
    for (folder, of) in crates(&sources()) {
        for circle in of.circles() {
            let names = circle.iter().map(|it| it[1..].join("::"));
            found.push(format!("{folder}: {}", names.collect::<Vec<_>>().join(" ")));
        }
    }
    super::none(
        found,
        "modules that use each other; put what both need into a third one:",
    );
}

#[test]
fn circles_are_found_through_children_and_exports() {
    let file = |path: &str, text: &str| Source {
        path: format!("x/src/{path}.rs"),
        text: text.into(),
    };
    let circles = |files: &[Source]| crates(files)["x"].circles().len();
    let one = file("a", "mod b; use super::c::C; pub struct A;");
    let below = file("a/b", "use super::A; use crate::c::C;");
    let other = file("c", "pub struct C;");
    let root = file("lib", "mod a; mod c; pub use a::A;");
    let acyclic = [one, below, other, root];
    assert_eq!(circles(&acyclic), 0);
    let mut by_child = acyclic;
    by_child[2].text = "mod d { use super::super::a::b::B; }".into();
    assert_eq!(circles(&by_child), 1);
    by_child[2].text = "#[cfg(test)] mod tests { use crate::a::A; } fn f() {}".into();
    assert_eq!(circles(&by_child), 0);
    by_child[2].text = "fn f() -> crate::A { todo() }".into();
    assert_eq!(circles(&by_child), 1);
}
