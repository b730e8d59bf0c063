//! Functions: one path with its methods, declared once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::Method;

use crate::access::Access;
#[cfg(not(target_family = "wasm"))]
use crate::described::Described;
use crate::extract::Extract;
use crate::requirement::{ConditionalRequirement, Requirement};
use crate::respond::Respond;
use crate::routes::decoded;
use crate::{Capability, Cx, Mount, Request, Response, Result};

/// How often an operation may be used: `count` times in each window of `per_ms` milliseconds, per
/// caller and major parameter.
///
/// See [Discord Docs/Rate Limits](https://discord.com/developers/docs/topics/rate-limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Uses in a window.
    pub count: u32,
    /// The window's length in milliseconds.
    pub per_ms: u32,
}

impl Limit {
    /// The limit of operations that state none.
    pub const DEFAULT: Self = Self {
        count: 10,
        per_ms: 5_000,
    };
}

/// What a running operation is: a future on the function's one thread.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Response>> + 'a>>;

/// One method of a path.
#[derive(Clone, Copy)]
pub struct Operation {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Discord's operationId.
    pub name: &'static str,
    /// What the caller must be allowed, read from the handler's first argument.
    pub access: Requirement,
    /// What the caller must be allowed besides, as the request may be.
    pub requires: &'static [ConditionalRequirement],
    /// How often it may be used.
    pub limit: Limit,
    /// Describes the operation by its handler's types. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    pub describe: fn(&mut Described<'_>),
    /// Runs the handler. A plain pointer, so that nothing generic is compiled per host.
    pub run: for<'a> fn(&'a Cx, &'a mut Request) -> Running<'a>,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} by {:?}", self.method, self.name, self.access)
    }
}

/// One path with its methods.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Where the path hangs.
    pub mount: Mount,
    /// The path with its parameters: `/channels/{channel_id}/typing`. A last segment `{name...}`
    /// takes the rest of the path.
    pub path: &'static str,
    /// Its methods.
    pub operations: &'static [Operation],
    /// What it needs from the host besides the database.
    pub capabilities: &'static [Capability],
}

impl Function {
    /// The routes in Spin's syntax: `/api/:version/channels/:channel_id/typing`, and the same
    /// below each other prefix of its mount.
    pub fn routes(&self) -> Vec<String> {
        let prefixes = self.mount.prefixes().iter();
        prefixes.map(|prefix| self.route_below(prefix)).collect()
    }

    fn route_below(&self, prefix: &str) -> String {
        let mut route = prefix.to_owned();
        for segment in self.path.split('/').skip(1) {
            route.push('/');
            match parameter(segment) {
                Some(name) if name.ends_with("...") => route.push_str("..."),
                Some(name) => {
                    route.push(':');
                    route.push_str(name);
                }
                None => route.push_str(segment),
            }
        }
        route
    }

    /// Whether a call takes more processor time than the 10 milliseconds that a request to a Worker
    /// has on Cloudflare's free plan. One to a Durable Object has 30 seconds, on every plan.
    pub fn is_costly(&self) -> bool {
        let mut capabilities = self.capabilities.iter();
        capabilities.any(|it| matches!(it, Capability::Passwords | Capability::Decoding))
    }

    /// What answers the method; HEAD is answered as GET.
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        let wanted = match *method {
            Method::HEAD => "GET",
            _ => method.as_str(),
        };
        self.operations.iter().find(|it| it.method == wanted)
    }

    /// The parameters of `path`, if it is one of this function's. As for the hosts' routers, one
    /// slash at its end makes no difference.
    pub fn matches(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let path = match path {
            // No slash at the end of something, but all there is.
            "/" => path,
            _ => path.strip_suffix('/').unwrap_or(path),
        };
        let mut given = path.strip_prefix('/')?.split('/').map(decoded).peekable();
        self.mount.strip(&mut given)?;
        let mut params = Vec::new();
        for segment in self.path.split('/').skip(1) {
            match parameter(segment) {
                Some(name) => {
                    let first = given.next()?.into_owned();
                    let Some(name) = name.strip_suffix("...") else {
                        params.push((name, first));
                        continue;
                    };
                    let rest = given.fold(first, |path, next| path + "/" + &next);
                    params.push((name, rest));
                    return Some(params);
                }
                None if given.next()? == segment => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(params)
    }
}

fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// An async function that can answer an operation: `(&Cx, access, parts of the request…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    note = "a handler is `async fn(&Cx, who may call, parts of the request…) -> Result<answer>`"
)]
pub trait Handler<Args> {
    /// What its first argument requires of the caller.
    const REQUIREMENT: Requirement;

    /// Describes the arguments and the answer.
    #[cfg(not(target_family = "wasm"))]
    fn describe(operation: &mut Described<'_>);

    /// Extracts the arguments, the caller's access first, and calls the function.
    fn answer<'a>(self, cx: &'a Cx, request: &'a mut Request) -> Running<'a>;
}

macro_rules! handlers {
    ($(($($part:ident)*))*) => {$(
        impl<F, R, A, $($part),*> Handler<(A, $($part),*)> for F
        where
            F: AsyncFn(&Cx, A, $($part),*) -> Result<R> + 'static,
            A: Access,
            $($part: Extract,)*
            R: Respond,
        {
            const REQUIREMENT: Requirement = A::REQUIREMENT;

            #[cfg(not(target_family = "wasm"))]
            fn describe(operation: &mut Described<'_>) {
                $($part::describe(operation);)*
                R::describe(operation);
            }

            fn answer<'a>(self, cx: &'a Cx, request: &'a mut Request) -> Running<'a> {
                Box::pin(async move {
                    let access = A::check(cx, request).await?;
                    self(cx, access, $($part::extract(cx, request).await?),*).await?.respond()
                })
            }
        }
    )*};
}

handlers! { () (B) (B C) (B C D) (B C D E) }

/// What a handler's first argument requires, for [`function!`].
pub const fn requirement<Args, H: Handler<Args>>(_: &H) -> Requirement {
    H::REQUIREMENT
}

/// Describes an operation by its handler's types, for [`function!`].
#[cfg(not(target_family = "wasm"))]
pub fn describe<Args, H: Handler<Args>>(_: &H, operation: &mut Described<'_>) {
    H::describe(operation);
}

/// Declares the file's function: its path, then each method with its handler.
///
/// ```ignore
/// function! {
///     "/channels/{channel_id}/messages"
///     GET list_messages
///     POST create_message, 5 per 5_000 ms
///     uses blobs
/// }
/// ```
///
/// A path outside the API begins with its [`Mount`]: `at root "/healthz"`, `at cdn …`,
/// `at internal …`. `uses` names [capabilities](Capability); `outbound` is followed by its hosts:
/// `uses blobs outbound "https://example.org"`.
///
/// What an operation requires of its caller depending on the request follows it; `and` joins
/// permissions that are needed together, `or` those of which one is enough:
///
/// ```ignore
///     PATCH update_member
///         requires MANAGE_ROLES when "roles change"
///         requires MANAGE_GUILD or KICK_MEMBERS and BAN_MEMBERS when "flags change"
/// ```
///
/// A handler that requires what its operation does not declare fails its tests.
#[macro_export]
macro_rules! function {
    (at $mount:ident $path:literal $($rest:tt)*) => {
        $crate::function!(@read $mount $path [] $($rest)*);
    };
    // `uses` and a method look alike, so the operations are read one by one.
    (
        @read $mount:ident $path:literal [$($read:tt)*]
        uses $($capability:ident $($host:literal)*)+
    ) => {
        $crate::function!(@write $mount $path [$($read)*] [$({ $capability $($host)* })+]);
    };
    (@read $mount:ident $path:literal [$($read:tt)*]) => {
        $crate::function!(@write $mount $path [$($read)*] []);
    };
    (
        @read $mount:ident $path:literal [$($read:tt)*]
        requires $($($permission:ident)and+)or+ when $when:literal $($rest:tt)*
    ) => {
        $crate::function!(
            @read $mount $path [$($read)* { [$([$($permission)+])+] $when }] $($rest)*
        );
    };
    (
        @read $mount:ident $path:literal [$($read:tt)*]
        $method:ident $handler:ident, $count:literal per $ms:literal ms $($rest:tt)*
    ) => {
        $crate::function!(
            @read $mount $path [$($read)* ($method $handler $count $ms)] $($rest)*
        );
    };
    (@read $mount:ident $path:literal [$($read:tt)*] $method:ident $handler:ident $($rest:tt)*) => {
        $crate::function!(@read $mount $path [$($read)* ($method $handler)] $($rest)*);
    };
    (
        @write $mount:ident $path:literal
        [$(
            ($method:ident $handler:ident $($count:literal $ms:literal)?)
            $({ [$([$($permission:ident)+])+] $when:literal })*
        )+]
        [$({ $($capability:tt)+ })*]
    ) => {
        /// This file's path and methods.
        pub const FUNCTION: $crate::Function = $crate::Function {
            mount: $crate::function!(@mount $mount),
            path: $path,
            operations: &[$($crate::Operation {
                method: stringify!($method),
                name: stringify!($handler),
                access: $crate::function::requirement(&$handler),
                requires: &[$($crate::access::ConditionalRequirement {
                    any_of: &[$($($permission)|+),+],
                    when: $when,
                }),*],
                limit: $crate::function!(@limit $($count $ms)?),
                #[cfg(not(target_family = "wasm"))]
                describe: |operation| $crate::function::describe(&$handler, operation),
                run: |cx, request| $crate::function::Handler::answer($handler, cx, request),
            }),+],
            capabilities: &[$($crate::function!(@capability $($capability)+)),*],
        };
    };
    (@mount api) => { $crate::Mount::Api };
    (@mount root) => { $crate::Mount::Root };
    (@mount cdn) => { $crate::Mount::Cdn };
    (@mount admin) => { $crate::Mount::Admin };
    (@mount internal) => { $crate::Mount::Internal };
    (@capability blobs) => { $crate::Capability::Blobs };
    (@capability images) => { $crate::Capability::Images };
    (@capability decoding) => { $crate::Capability::Decoding };
    (@capability passwords) => { $crate::Capability::Passwords };
    (@capability outbound $($host:literal)+) => { $crate::Capability::Outbound(&[$($host),+]) };
    (@limit) => { $crate::Limit::DEFAULT };
    (@limit $count:literal $ms:literal) => { $crate::Limit { count: $count, per_ms: $ms } };
    ($path:literal $($rest:tt)*) => { $crate::function!(@read api $path [] $($rest)*); };
}

/// Lists a crate's functions, one file each: `functions! { messages message typing }`.
#[macro_export]
macro_rules! functions {
    ($($file:ident)*) => {
        $(pub mod $file;)*

        /// The crate's functions with the files they are in.
        pub const FUNCTIONS: &[(&str, $crate::Function)] =
            &[$((stringify!($file), $file::FUNCTION)),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(mount: Mount, path: &'static str) -> Function {
        Function {
            mount,
            path,
            operations: &[],
            capabilities: &[],
        }
    }

    #[test]
    fn a_path_gives_its_parameters_decoded() {
        let reaction = function(Mount::Api, "/channels/{channel_id}/reactions/{emoji}/@me");
        assert_eq!(
            reaction.matches("/api/v10/channels/1/reactions/%F0%9F%94%A5/@me"),
            Some(vec![
                ("channel_id", "1".to_owned()),
                ("emoji", "🔥".to_owned())
            ])
        );
        let slashed = reaction.matches("/api/v9/channels/1/reactions/a/@me/");
        assert!(slashed.is_some());
        let unversioned = reaction.matches("/api/channels/1/reactions/a/@me");
        assert_eq!(unversioned.map(|params| params.len()), Some(2));
        let encoded = "/%61pi/v%39/ch%61nnels/1/reactions/%2Fa/%40me";
        let encoded = reaction.matches(encoded).unwrap();
        assert_eq!(encoded[1], ("emoji", "/a".to_owned()));
        for other in [
            "/api/v9/channels/1/reactions/a/%2540me",
            "/api%2Fv9/channels/1/reactions/a/@me",
            "/api/v11/channels/1/reactions/a/@me",
            "/api/v9/v9/channels/1/reactions/a/@me",
            "/api/v9/channels/1/reactions/a",
            "/api/v9/channels/1/reactions/a/@me//",
            "/",
        ] {
            assert_eq!(reaction.matches(other), None, "{other}");
        }
        assert_eq!(
            reaction.routes(),
            [
                "/api/:version/channels/:channel_id/reactions/:emoji/@me",
                "/api/channels/:channel_id/reactions/:emoji/@me"
            ]
        );
    }

    #[test]
    fn a_rest_parameter_takes_the_rest() {
        let file = function(Mount::Cdn, "/attachments/{key...}");
        let params = file.matches("/cdn/attachments/1/2/a%20b.png");
        assert_eq!(params, Some(vec![("key", "1/2/a b.png".to_owned())]));
        assert_eq!(file.routes(), ["/cdn/attachments/..."]);
    }

    /// The words of [`function!`] that no function uses yet.
    mod probe {
        use crate::prelude::*;

        function! {
            at admin "/users/{user_id}"
            GET get_admin_user
            uses passwords outbound "https://a.example.org" "https://*.example.net"
        }

        async fn get_admin_user(_: &Cx, _: Operator) -> Result<NoContent> {
            Ok(NoContent)
        }
    }

    #[test]
    fn a_mount_and_what_is_used_are_words_of_the_declaration() {
        let function = probe::FUNCTION;
        assert_eq!(function.routes(), ["/_spacebar/admin/v1/users/:user_id"]);
        let matched = function.matches("/_spacebar/admin/v1/users/7");
        assert_eq!(matched, Some(vec![("user_id", "7".to_owned())]));
        assert_eq!(function.matches("/_spacebar/users/7"), None);
        let [passwords, outbound] = function.capabilities else {
            panic!("{:?}", function.capabilities);
        };
        assert_eq!(
            (passwords.name(), passwords.hosts().len()),
            ("passwords", 0)
        );
        let hosts = ["https://a.example.org", "https://*.example.net"];
        assert_eq!(
            (outbound.name(), outbound.hosts()),
            ("outbound", &hosts[..])
        );
        assert!(function.is_costly());
    }
}
