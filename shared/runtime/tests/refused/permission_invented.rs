//! Access types are made by their checks alone.

use runtime::prelude::*;

fn invented(caller: Caller, other: InGuild) -> InGuild<MANAGE_GUILD> {
    InGuild {
        caller,
        membership: other.membership,
    }
}

fn main() {}
