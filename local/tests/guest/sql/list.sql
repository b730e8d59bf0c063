SELECT channel_id AS id FROM channel_states
