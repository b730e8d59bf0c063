//! Roles of guilds and their order.

mod edit;
mod order;

runtime::functions! {
    member_counts role roles
}
