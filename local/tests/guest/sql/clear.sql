DELETE FROM channel_states
