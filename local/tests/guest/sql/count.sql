SELECT count(*) FROM channel_states
