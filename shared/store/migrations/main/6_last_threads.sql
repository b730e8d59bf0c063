-- Finds the last thread of a channel: that of a forum is what others call its last message.
CREATE INDEX threads_by_age ON threads (parent_id, channel_id);
