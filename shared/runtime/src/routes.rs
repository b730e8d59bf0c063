//! Choosing the component that answers a path.
//!
//! Segments are compared as they are once they are decoded: `%40me` is `@me`.
//!
//! A pattern is literal segments, `:name` segments and perhaps `/...` at its end. Segment by
//! segment a literal is preferred to a name and a name to the rest, as in Spin.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::{Result, bail};

/// Patterns and what each leads to.
#[derive(Debug)]
pub struct Routes<T> {
    root: Node<T>,
}

/// The target of a path with the values of the pattern's names.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a, T> {
    /// What the pattern leads to.
    pub target: &'a T,
    /// The names of the pattern with their segments, undecoded, from left to right.
    pub params: Vec<(&'a str, &'a str)>,
}

impl<T> Match<'_, T> {
    /// The segment that stands for `name`.
    pub fn param(&self, name: &str) -> Option<&str> {
        let (_, value) = self.params.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }
}

#[derive(Debug)]
struct Node<T> {
    literals: HashMap<String, Node<T>>,
    any: Option<Box<Node<T>>>,
    /// The pattern that ends here, with its names.
    end: Option<End<T>>,
    /// The pattern that ends here with `/...`.
    rest: Option<End<T>>,
}

#[derive(Debug)]
struct End<T> {
    target: T,
    names: Vec<String>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            literals: HashMap::new(),
            any: None,
            end: None,
            rest: None,
        }
    }
}

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Self {
            root: Node::default(),
        }
    }
}

impl<T> Routes<T> {
    /// Adds a pattern.
    ///
    /// # Errors
    /// When it does not begin with a slash, or another one matches the same paths.
    pub fn insert(&mut self, pattern: &str, target: T) -> Result<()> {
        let Some(path) = pattern.strip_prefix('/') else {
            bail!("route {pattern} does not begin with a slash");
        };
        let (path, rest) = match path.strip_suffix("...") {
            Some(path) => (path.strip_suffix('/').unwrap_or(path), true),
            None => (path, false),
        };
        let mut names = Vec::new();
        let mut node = &mut self.root;
        for segment in segments(path) {
            node = match segment.strip_prefix(':') {
                Some(name) => {
                    names.push(name.to_owned());
                    node.any.get_or_insert_default()
                }
                None => node.literals.entry(segment.to_owned()).or_default(),
            };
        }
        let end = if rest { &mut node.rest } else { &mut node.end };
        if end.is_some() {
            bail!("route {pattern} is there twice");
        }
        *end = Some(End { target, names });
        Ok(())
    }

    /// The target of `path`, which begins with a slash and has no query. One slash at its end
    /// makes no difference.
    pub fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a, T>> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = segments(path).collect();
        let mut values = Vec::new();
        let end = self.root.find(&segments, &mut values)?;
        let params = end.names.iter().map(String::as_str).zip(values).collect();
        Some(Match {
            target: &end.target,
            params,
        })
    }
}

/// A segment of a path without percent-encoding.
pub fn decoded(segment: &str) -> Cow<'_, str> {
    match segment.contains('%') {
        true => percent_encoding::percent_decode_str(segment).decode_utf8_lossy(),
        false => Cow::Borrowed(segment),
    }
}

/// Whether a path leads to what is for the instance alone, however it is written.
pub fn is_internal(path: &str) -> bool {
    let first = path.split('/').nth(1);
    first.is_some_and(|segment| decoded(segment) == "internal")
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(move |_| !path.is_empty())
}

impl<T> Node<T> {
    fn find<'a>(&'a self, segments: &[&'a str], values: &mut Vec<&'a str>) -> Option<&'a End<T>> {
        let [segment, later @ ..] = segments else {
            return self.end.as_ref().or(self.rest.as_ref());
        };
        if let Some(end) = self
            .literals
            .get(&*decoded(segment))
            .and_then(|node| node.find(later, values))
        {
            return Some(end);
        }
        if let Some(any) = self.any.as_ref().filter(|_| !segment.is_empty()) {
            let known = values.len();
            values.push(segment);
            if let Some(end) = any.find(later, values) {
                return Some(end);
            }
            values.truncate(known);
        }
        self.rest.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(patterns: &[&'static str]) -> Routes<&'static str> {
        let mut routes = Routes::default();
        for pattern in patterns {
            routes.insert(pattern, *pattern).unwrap();
        }
        routes
    }

    fn found<'a>(routes: &'a Routes<&'static str>, path: &'a str) -> Option<&'a str> {
        routes.find(path).map(|found| *found.target)
    }

    #[test]
    fn a_literal_is_preferred_and_names_are_the_fallback() {
        let routes = routes(&[
            "/c/:id/messages/:message",
            "/c/:id/messages/pins",
            "/c/@me/other",
            "/c/:id",
        ]);
        assert_eq!(
            found(&routes, "/c/1/messages/pins"),
            Some("/c/:id/messages/pins")
        );
        let message = routes.find("/c/1/messages/2").unwrap();
        assert_eq!(message.params, [("id", "1"), ("message", "2")]);
        assert_eq!(message.param("id"), Some("1"));
        // `@me` leads nowhere from here, so it is taken for an id.
        assert_eq!(
            found(&routes, "/c/@me/messages/2"),
            Some("/c/:id/messages/:message")
        );
        assert_eq!(found(&routes, "/c/1/"), Some("/c/:id"));
        assert_eq!(found(&routes, "/c/"), None);
        assert_eq!(found(&routes, "/c/1//messages/2"), None);
        assert_eq!(found(&routes, "/other"), None);
    }

    #[test]
    fn a_literal_is_one_however_it_is_encoded() {
        let routes = routes(&["/u/@me/guilds", "/u/:id/guilds", "/u/:id"]);
        for path in ["/u/%40me/guilds", "/u/@me/guilds", "/%75/%40%6De/guild%73"] {
            assert_eq!(found(&routes, path), Some("/u/@me/guilds"), "{path}");
        }
        let id = routes.find("/u/%31/guilds").unwrap();
        assert_eq!(id.params, [("id", "%31")]);
        assert_eq!(found(&routes, "/u/%2540me/guilds"), Some("/u/:id/guilds"));
        assert_eq!(found(&routes, "/u/1%2Fguilds"), Some("/u/:id"));
        assert_eq!(found(&routes, "/u/%ff"), Some("/u/:id"));
        assert!(is_internal("/internal/v1") && is_internal("/%69nternal/v1"));
        assert!(!is_internal("/internals") && !is_internal("/api/internal"));
    }

    #[test]
    fn the_rest_is_the_last_choice() {
        let routes = routes(&["/...", "/cdn/...", "/cdn/:kind/:id"]);
        assert_eq!(found(&routes, "/"), Some("/..."));
        assert_eq!(found(&routes, "/cdn"), Some("/cdn/..."));
        assert_eq!(found(&routes, "/cdn/a/b"), Some("/cdn/:kind/:id"));
        assert_eq!(found(&routes, "/cdn/a/b/c"), Some("/cdn/..."));
        assert_eq!(found(&routes, "/a/b"), Some("/..."));
    }

    #[test]
    fn two_patterns_for_the_same_paths_are_refused() {
        let mut routes = routes(&["/a/:b"]);
        assert!(routes.insert("/a/:c", "/a/:c").is_err());
        assert!(routes.insert("a", "a").is_err());
    }
}
