//! Invites: making, showing, accepting and revoking them.

runtime::functions! {}
