//! What a function needs from its host besides the database.

/// Something that a host gives only to functions that say they need it: `uses blobs` in
/// [`function!`](crate::function!). Every host's manifest is made from these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Files, and bodies in which files are streamed.
    Blobs,
    /// Files, and bodies with images as text in them.
    Images,
    /// Files, and the memory and time to decode images.
    Decoding,
    /// The memory and time to hash passwords.
    Passwords,
    /// Requests to these hosts, as Spin writes them: `https://example.org`,
    /// `https://*.example.org`, or `https://*:*` for every one.
    ///
    /// See [Spin/Outbound HTTP](https://spinframework.dev/http-outbound#configuration).
    Outbound(&'static [&'static str]),
}

impl Capability {
    /// Its word in `function!` and in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Images => "images",
            Self::Decoding => "decoding",
            Self::Passwords => "passwords",
            Self::Outbound(_) => "outbound",
        }
    }

    /// The hosts that it opens.
    pub const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Outbound(hosts) => hosts,
            _ => &[],
        }
    }
}
