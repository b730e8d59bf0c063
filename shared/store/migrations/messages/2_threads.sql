-- How many messages a channel has and ever had: what threads tell of themselves. The message that a
-- thread begins with does not count.
ALTER TABLE channel_states ADD COLUMN message_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channel_states ADD COLUMN total_message_sent INTEGER NOT NULL DEFAULT 0;
