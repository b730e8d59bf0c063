-- Passwords and codes that were tried of late. A try is counted before it is judged, and taken back
-- when it was right.
CREATE TABLE attempts (
    -- What was tried, and who tried it: hashes.
    subject BLOB NOT NULL,
    source BLOB NOT NULL,
    -- Whether the account knows the source: what strangers try is counted apart.
    known INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT attempts_key PRIMARY KEY (subject, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_expiry ON attempts (expires_at);
