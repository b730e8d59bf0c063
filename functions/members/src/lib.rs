//! Members of guilds: their roles, kicks, bans and prunes.

runtime::functions! {
    members members_search
}
