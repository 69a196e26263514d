"""The ledger's tables, as named migrations in order. A migration that was released is never edited.

Narrow rows for the accounts (``requests``, ``attempts``), the long texts apart (``texts``), and the sums
per quarter of an hour (``balances``), which triggers keep equal to the rows they sum: the views
``attempt_amounts`` and ``request_amounts`` say what a row adds, once, for the triggers and the audit.
Times are microseconds since 1970 (UTC), money nano-dollars, unknown NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

MIGRATION_SET = "compute_broker.ledger"
M001_ACCOUNTS = (
    "CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    """CREATE TABLE requests (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        project TEXT,
        session_id TEXT,
        created_us INTEGER NOT NULL,
        finished_us INTEGER,
        private INTEGER NOT NULL,
        owner INTEGER NOT NULL REFERENCES owners(id),
        status TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        dismissed INTEGER NOT NULL DEFAULT 0,
        mode TEXT,
        category TEXT,
        difficulty REAL,
        stakes TEXT,
        baseline_tier TEXT,
        baseline_cost INTEGER,
        answered_by INTEGER REFERENCES attempts(id),
        tier TEXT,
        cost INTEGER,
        saved INTEGER,
        rating INTEGER
    ) STRICT""",
    "CREATE INDEX requests_created ON requests(created_us)",
    "CREATE INDEX requests_session ON requests(session_id) WHERE session_id IS NOT NULL",
    "CREATE INDEX requests_open ON requests(seq) WHERE status = 'open'",
    """CREATE INDEX requests_unanswered ON requests(seq)
        WHERE dismissed = 0 AND status IN ('failed', 'interrupted')""",
    """CREATE TABLE texts (
        seq INTEGER PRIMARY KEY REFERENCES requests(seq),
        prompt TEXT NOT NULL,
        answer TEXT,
        decision BLOB
    ) STRICT""",
    "CREATE TABLE prices (id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE, source TEXT NOT NULL) STRICT",
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        request INTEGER NOT NULL REFERENCES requests(seq),
        n INTEGER NOT NULL,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        project TEXT,
        owner INTEGER NOT NULL REFERENCES owners(id),
        tier TEXT NOT NULL,
        place TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        served_model TEXT,
        price INTEGER REFERENCES prices(id),
        cost_basis TEXT,
        state TEXT NOT NULL,
        reserved INTEGER,
        cost INTEGER,
        certainty TEXT,
        charged INTEGER,
        outcome TEXT,
        fault TEXT,
        input_tokens INTEGER,
        output_tokens INTEGER,
        cache_read_tokens INTEGER,
        cache_write_5m_tokens INTEGER,
        cache_write_1h_tokens INTEGER,
        reasoning_tokens INTEGER,
        usage_certainty TEXT,
        started_us INTEGER NOT NULL,
        sent_us INTEGER,
        ended_us INTEGER,
        latency_ms INTEGER,
        first_word_ms INTEGER,
        UNIQUE (request, n)
    ) STRICT""",
    "CREATE INDEX attempts_pending ON attempts(id) WHERE state IN ('reserved', 'sent')",
    """CREATE TABLE budget_warnings (
        budget TEXT NOT NULL,
        period TEXT NOT NULL,
        threshold INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        committed INTEGER NOT NULL,
        PRIMARY KEY (budget, period, threshold)
    ) STRICT""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_us INTEGER NOT NULL,
        kind TEXT NOT NULL,
        request_id TEXT,
        attempt INTEGER,
        detail TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)

_AMOUNTS = (
    "exact",
    "estimated",
    "unknown",
    "reserved",
    "attempts",
    "unknown_attempts",
    "requests",
    "answered",
    "saved",
    "saved_requests",
)
_PLUS = ", ".join(_AMOUNTS)
_MINUS = ", ".join(f"-{name}" for name in _AMOUNTS)
_ADD = ", ".join(f"{name} = {name} + excluded.{name}" for name in _AMOUNTS)


def _post(view: str, key: str, amounts: str) -> str:
    # S608: the parts are the constants of this file; nothing of a person's or provider's comes in.
    return f"""INSERT INTO balances (slot_us, tier, source, project, {_PLUS})
        SELECT slot_us, tier, source, project, {amounts} FROM {view} WHERE row = {key}
        ON CONFLICT (slot_us, tier, source, project) DO UPDATE SET {_ADD};"""  # noqa: S608


def _triggers(table: str, view: str, key: str, watched: str) -> tuple[str, ...]:
    plus, minus = _post(view, f"NEW.{key}", _PLUS), _post(view, f"OLD.{key}", _MINUS)
    return (
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {plus} END",
        f"CREATE TRIGGER {table}_before BEFORE UPDATE OF {watched} ON {table} BEGIN {minus} END",
        f"CREATE TRIGGER {table}_after AFTER UPDATE OF {watched} ON {table} BEGIN {plus} END",
        f"CREATE TRIGGER {table}_removed BEFORE DELETE ON {table} BEGIN {minus} END",
    )


M002_BALANCES = (
    """CREATE TABLE balances (
        slot_us INTEGER NOT NULL,
        tier TEXT NOT NULL,
        source TEXT NOT NULL,
        project TEXT NOT NULL,
        exact INTEGER NOT NULL,
        estimated INTEGER NOT NULL,
        unknown INTEGER NOT NULL,
        reserved INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        unknown_attempts INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        saved INTEGER NOT NULL,
        saved_requests INTEGER NOT NULL,
        PRIMARY KEY (slot_us, tier, source, project)
    ) STRICT, WITHOUT ROWID""",
    """CREATE VIEW attempt_amounts AS SELECT
        id AS row, started_us - started_us % 900000000 AS slot_us, tier, source,
        coalesce(project, '') AS project,
        iif(state = 'settled' AND certainty = 'exact', cost, 0) AS exact,
        iif(state = 'settled' AND certainty = 'estimated', cost, 0) AS estimated,
        iif(state = 'settled' AND certainty = 'unknown', coalesce(reserved, 0), 0) AS unknown,
        iif(state IN ('reserved', 'sent'), coalesce(reserved, 0), 0) AS reserved,
        iif(state = 'settled', 1, 0) AS attempts,
        iif(state = 'settled' AND certainty = 'unknown', 1, 0) AS unknown_attempts,
        0 AS requests, 0 AS answered, 0 AS saved, 0 AS saved_requests
        FROM attempts""",
    """CREATE VIEW request_amounts AS SELECT
        seq AS row, created_us - created_us % 900000000 AS slot_us, coalesce(tier, '') AS tier, source,
        coalesce(project, '') AS project,
        0 AS exact, 0 AS estimated, 0 AS unknown, 0 AS reserved, 0 AS attempts, 0 AS unknown_attempts,
        1 AS requests, iif(status IN ('answered', 'cut_off'), 1, 0) AS answered,
        coalesce(saved, 0) AS saved, iif(saved IS NULL, 0, 1) AS saved_requests
        FROM requests""",
    *_triggers("attempts", "attempt_amounts", "id", "state, cost, certainty, reserved, tier, started_us"),
    *_triggers("requests", "request_amounts", "seq", "tier, status, saved, created_us"),
)

M003_DRAFTS = (
    "CREATE TABLE drafts (window TEXT PRIMARY KEY, text TEXT NOT NULL, saved_us INTEGER NOT NULL) STRICT",
)


M004_LESSONS = (
    "ALTER TABLE requests ADD COLUMN expected_tokens INTEGER",
    "CREATE INDEX requests_rated ON requests(seq) WHERE rating IS NOT NULL",
    "CREATE INDEX requests_stopped ON requests(seq) WHERE status = 'cancelled'",
    """CREATE TABLE signals (
        request INTEGER NOT NULL REFERENCES requests(seq),
        kind TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        PRIMARY KEY (request, kind)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE lessons (
        origin TEXT PRIMARY KEY,
        tier TEXT NOT NULL,
        model TEXT NOT NULL,
        category TEXT NOT NULL,
        difficulty REAL NOT NULL,
        good INTEGER NOT NULL,
        weight REAL NOT NULL,
        day TEXT NOT NULL,
        noted_us INTEGER NOT NULL
    ) STRICT""",
)


M005_EFFORT = (
    "ALTER TABLE attempts ADD COLUMN effort TEXT NOT NULL DEFAULT 'default'",
    "ALTER TABLE lessons ADD COLUMN effort TEXT NOT NULL DEFAULT 'default'",
)


M006_PRICE_CHANGES = (
    """CREATE TABLE price_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_us INTEGER NOT NULL,
        tier TEXT NOT NULL,
        model TEXT NOT NULL,
        state TEXT NOT NULL,
        kind TEXT,
        source TEXT NOT NULL,
        as_of_us INTEGER NOT NULL,
        input INTEGER CHECK (input >= 0),
        output INTEGER CHECK (output >= 0),
        CHECK ((state = 'unpriced') = (input IS NULL) AND (input IS NULL) = (output IS NULL))
    ) STRICT""",
    "CREATE INDEX price_changes_tier ON price_changes(tier, id, kind, state)",
    "CREATE INDEX price_changes_open ON price_changes(tier) WHERE state IN ('held', 'believed')",
)

M007_ENERGY = ("ALTER TABLE attempts ADD COLUMN energy_uj INTEGER",)
"""Measured microjoules above idle: with the price stored beside it the cost can be reckoned again."""

M009_PLANS = (
    """CREATE TABLE plan_entries (
        tier TEXT NOT NULL,
        span TEXT NOT NULL,
        unit TEXT NOT NULL,
        used INTEGER NOT NULL,
        resets_us INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        PRIMARY KEY (tier, span, unit)
    ) STRICT, WITHOUT ROWID""",
)

M010_QUESTIONS = (
    "ALTER TABLE requests ADD COLUMN question INTEGER REFERENCES requests(seq)",
    "ALTER TABLE requests ADD COLUMN goes_on INTEGER REFERENCES requests(seq)",
    "CREATE INDEX requests_question ON requests(question) WHERE question IS NOT NULL",
)
"""The first request of the same question, and the one whose answer is gone on with. Of a request from before
this nobody knows it: its saving stays as it was reckoned then."""

M011_PACES = (
    "ALTER TABLE attempts ADD COLUMN tokens_per_second REAL",
    "ALTER TABLE attempts ADD COLUMN milliwatts INTEGER",
    """UPDATE attempts SET tokens_per_second = 1000.0 * output_tokens / latency_ms
        WHERE id > (SELECT max(id) FROM attempts) - 4000 AND state = 'settled' AND outcome = 'ok'
        AND usage_certainty = 'exact' AND output_tokens >= 8 AND latency_ms >= 250""",
    """UPDATE attempts SET milliwatts = max(1, energy_uj / latency_ms)
        WHERE id > (SELECT max(id) FROM attempts) - 4000 AND energy_uj IS NOT NULL AND latency_ms > 0""",
    "ALTER TABLE price_changes ADD COLUMN terms TEXT NOT NULL DEFAULT ''",
)
"""Speed and mean draw as they were seen. Of earlier answers the latest are filled in: over the whole time,
the waiting included, as nobody knows how many of their tokens were thoughts."""


_STATEMENTS = {
    "m001_accounts": M001_ACCOUNTS,
    "m002_balances": M002_BALANCES,
    "m003_drafts": M003_DRAFTS,
    "m004_lessons": M004_LESSONS,
    "m005_effort": M005_EFFORT,
    "m006_price_changes": M006_PRICE_CHANGES,
    "m007_energy": M007_ENERGY,
    "m009_plans": M009_PLANS,
    "m010_questions": M010_QUESTIONS,
    "m011_paces": M011_PACES,
}
MIGRATION_NAMES = tuple(_STATEMENTS)
"""Known without sqlite-utils, which a start with nothing to migrate need not import."""


def migrations() -> Migrations:
    """Return the migrations, ready to apply. Costs the import of sqlite-utils (0.2 s)."""
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415 - 0.2 s, not wanted at every start

    ours = Migrations(MIGRATION_SET)
    for name, statements in _STATEMENTS.items():
        ours(name=name)(_migration(statements))
    return ours


def _migration(statements: tuple[str, ...]) -> Callable[[Database], None]:
    def migrate(db: Database, /) -> None:
        _run(db, statements)

    return migrate


def _run(db: Database, statements: tuple[str, ...]) -> None:
    # One by one: sqlite3's executescript would commit the transaction that the migration lives in.
    for statement in statements:
        db.execute(statement)
