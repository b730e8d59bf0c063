-- Says in one sentence what a row is.
CREATE TABLE NAME (
    id INTEGER NOT NULL,
    CONSTRAINT NAME_key PRIMARY KEY (id)
) STRICT;
