//! Messages: sending, reading, editing, deleting, reactions, pins, read positions.

runtime::functions! {
    messages
}
