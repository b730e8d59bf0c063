INSERT INTO channel_states (channel_id, last_message_id)
VALUES ((SELECT ifnull(max(channel_id), 0) + 1 FROM channel_states), 1)
