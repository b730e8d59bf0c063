//! Steps that several functions share: one file for each act.

pub mod account_fields;
pub mod attachments;
pub mod audit_log;
pub mod channel_fields;
pub mod channel_state;
pub mod delete_messages;
pub mod edit_message;
pub mod group;
pub mod guild_view;
pub mod images;
pub mod invite_end;
pub mod invite_view;
pub mod join_guild;
pub mod leave_guild;
pub mod message_order;
pub mod message_view;
pub mod overwrites;
pub mod pins;
pub mod presence_count;
pub mod reactions;
pub mod second_factor;
pub mod send_message;
pub mod sessions;
pub mod system_message;
pub mod tell_guilds;
pub mod totp;
