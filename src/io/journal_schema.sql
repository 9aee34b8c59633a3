-- The tables of a journal, format 2. People read the views; these may change with the format.

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
    batch       TEXT,
    inputs_digest TEXT,
    reference_id  TEXT,
    amount        TEXT,
    moved         INTEGER,
    error         TEXT
);

-- Lists walk these in their order and stop at their limit. Nearly all runs of a long history have succeeded,
-- so the others have a small index of their own; a query uses it if it says `status <> 'succeeded'` itself.
CREATE UNIQUE INDEX IF NOT EXISTS run_by_key ON run_index (flow, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_by_time ON run_index (started_at, run_id);
CREATE INDEX IF NOT EXISTS run_by_batch ON run_index (batch, started_at, run_id, status)
    WHERE batch IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_not_succeeded ON run_index (started_at, run_id, status)
    WHERE status <> 'succeeded';

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
