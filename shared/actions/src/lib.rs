//! Steps that several functions share: one file for each act.

pub mod attachments;
pub mod images;
pub mod invite_view;
pub mod join_guild;
pub mod leave_guild;
