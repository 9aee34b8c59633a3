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

-- One row per run, to find runs without reading their events. Of a run that was pruned only the row is left,
-- and only if it had a key: the key must never pay again.
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
    error         TEXT,
    pruned_at     TEXT
);

-- The payments of pruned runs that failed, by the key those began under: before another run pays under it, the API is
-- asked about them again.
CREATE TABLE IF NOT EXISTS kept_payments (
    flow         TEXT NOT NULL,
    key          TEXT NOT NULL,
    reference_id TEXT NOT NULL,
    operation    TEXT NOT NULL,
    step         TEXT NOT NULL,
    PRIMARY KEY (flow, key, reference_id)
) WITHOUT ROWID;

-- A run that another was begun in the stead of has no key any more, and the same inputs.
CREATE INDEX IF NOT EXISTS run_keyless ON run_index (flow, inputs_digest) WHERE key IS NULL;

-- Lists walk these in their order and stop at their limit. Nearly all runs of a long history have succeeded,
-- so the others have a small index of their own. A query uses the partial ones if it spells their conditions.
CREATE UNIQUE INDEX IF NOT EXISTS run_by_key ON run_index (flow, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS run_by_time ON run_index (started_at, run_id) WHERE pruned_at IS NULL;
CREATE INDEX IF NOT EXISTS run_by_batch ON run_index (batch, started_at, run_id)
    WHERE batch IS NOT NULL AND pruned_at IS NULL;
CREATE INDEX IF NOT EXISTS run_not_succeeded ON run_index (started_at, run_id, status)
    WHERE status <> 'succeeded' AND pruned_at IS NULL;

-- Every run by a short number, with its last event, so that a missing end is noticed too.
CREATE TABLE IF NOT EXISTS heads (
    run    INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    n      INTEGER NOT NULL,
    hash   BLOB NOT NULL
);

-- The facts: what was appended at once is one row, a JSON array of events of which `n` is the last one's number.
-- Rows go to the end of the table whichever run they belong to, so that a commit of many runs writes few pages.
-- Each hash covers the one before it in the same run.
CREATE TABLE IF NOT EXISTS entries (
    run    INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    events TEXT NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (run, n)
);
