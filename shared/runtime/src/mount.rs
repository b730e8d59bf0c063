//! Where the paths of functions hang.

use model::gateway::internal::paths::PREFIX as INTERNAL;

/// The versions that a path below `/api` may begin with.
const VERSIONS: &[&str] = &["v6", "v7", "v8", "v9", "v10"];

/// Where a function's path hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// Below `/api/v9` and `/api/v10` (and v6 to v8, which mean the same), and below `/api` itself,
    /// which is the base URL of clients that leave the version to the server.
    Api,
    /// At the origin itself, such as `/.well-known/spacebar`.
    Root,
    /// Below `/cdn`.
    Cdn,
    /// Below `/_spacebar/admin/v1`: for operators.
    Admin,
    /// Below `/internal/v1`: for the gateway and timers alone, never for clients.
    Internal,
}

impl Mount {
    /// All mounts.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Root,
        Self::Cdn,
        Self::Admin,
        Self::Internal,
    ];

    /// Its word in `function!` and in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Root => "root",
            Self::Cdn => "cdn",
            Self::Admin => "admin",
            Self::Internal => "internal",
        }
    }

    /// What comes before a path, with the version that clients should ask for.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "/api/v10",
            Self::Root => "",
            Self::Cdn => "/cdn",
            Self::Admin => "/_spacebar/admin/v1",
            Self::Internal => INTERNAL,
        }
    }

    /// The prefixes of its routes in Spin's syntax.
    pub const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Api => &["/api/:version", "/api"],
            Self::Root => &[""],
            Self::Cdn => &["/cdn"],
            Self::Admin => &["/_spacebar/admin/v1"],
            Self::Internal => &[INTERNAL],
        }
    }

    /// Takes the prefix off the segments of a request's path. `None` when they have another one.
    pub(crate) fn strip<S: AsRef<str>>(
        self,
        segments: &mut std::iter::Peekable<impl Iterator<Item = S>>,
    ) -> Option<()> {
        // The version may be left out, so it is not part of what must be there.
        let fixed = match self {
            Self::Api => "/api",
            _ => self.prefix(),
        };
        for segment in fixed.split('/').skip(1) {
            segments.next_if(|given| given.as_ref() == segment)?;
        }
        if self == Self::Api {
            segments.next_if(|given| VERSIONS.contains(&given.as_ref()));
        }
        Some(())
    }
}
