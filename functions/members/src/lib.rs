//! Members of guilds: their roles, kicks, bans and prunes.

mod banning;
mod changes;

runtime::functions! {
    members members_search member member_me member_me_nick member_role bans ban bulk_ban prune
}
