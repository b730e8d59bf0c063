//! Threads: creating them, who is in them, and lists of them.

mod list;
mod new;

runtime::functions! {
    active
    archived_private
    archived_public
    member
    members
    message_thread
    my_archived
    my_member
    threads
}
