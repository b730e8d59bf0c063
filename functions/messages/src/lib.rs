//! Messages: sending, reading, editing, deleting, reactions, pins, read positions.

runtime::functions! {
    ack
    ack_bulk
    bulk_delete
    crosspost
    message
    messages
    old_pin
    old_pins
    pin
    pins
    pins_ack
}
