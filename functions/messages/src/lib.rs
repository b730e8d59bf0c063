//! Messages: sending, reading, editing, deleting, reactions, pins, read positions.

runtime::functions! {
    ack
    ack_bulk
    bulk_delete
    crosspost
    message
    messages
    my_reaction
    my_reaction_of_type
    deprecated_pin
    deprecated_pins
    pin
    pins
    pins_ack
    reaction
    reactions
    user_reaction
    user_reaction_of_type
}
