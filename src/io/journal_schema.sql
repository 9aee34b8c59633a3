-- The tables of a journal, format 1. People read the views; these may change with the format.

CREATE TABLE IF NOT EXISTS meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The text of every flow that was run, under the digest of that text.
CREATE TABLE IF NOT EXISTS flows (
    digest TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    text   TEXT NOT NULL
);

-- One row per run, to find runs without reading their events.
CREATE TABLE IF NOT EXISTS run_index (
    run_id      TEXT PRIMARY KEY,
    flow        TEXT NOT NULL,
    flow_digest TEXT NOT NULL,
    key         TEXT,
    status      TEXT NOT NULL,
    exit_code   INTEGER,
    started_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    base_url    TEXT NOT NULL,
    batch       TEXT
);

CREATE UNIQUE INDEX IF NOT EXISTS run_by_key ON run_index (flow, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_by_start ON run_index (started_at);

-- The facts. Rows go to the end of the table whichever run they belong to, so that a commit of many
-- runs writes few pages. Each hash covers the one before it in the same run.
CREATE TABLE IF NOT EXISTS events (
    run_id TEXT NOT NULL,
    n      INTEGER NOT NULL,
    at     TEXT NOT NULL,
    kind   TEXT NOT NULL,
    data   TEXT NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (run_id, n)
);

-- The last event of every run, so that a missing end is noticed too.
CREATE TABLE IF NOT EXISTS heads (
    run_id TEXT PRIMARY KEY,
    n      INTEGER NOT NULL,
    hash   BLOB NOT NULL
) WITHOUT ROWID;
