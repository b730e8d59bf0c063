INSERT INTO channel_states (channel_id) VALUES (?1)
