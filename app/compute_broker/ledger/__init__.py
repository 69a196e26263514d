"""The ledger room: one SQLite file that remembers requests, attempts, money and drafts.

Start at :class:`~compute_broker.ledger.ledger.Ledger`, or at
:class:`~compute_broker.ledger.threaded.AsyncLedger` from an event loop.
"""

from compute_broker.ledger.budget import Standing
from compute_broker.ledger.errors import (
    LedgerBusyError,
    LedgerCorruptError,
    LedgerFullError,
    LedgerNewerError,
    LedgerReadOnlyError,
)
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import (
    AttemptKind,
    AttemptState,
    BudgetLimit,
    BudgetRefusedError,
    BudgetWarning,
    DecisionNote,
    NewAttempt,
    NewRequest,
    Outcome,
    Period,
    Reconciled,
    RequestStatus,
    Reservation,
    Settlement,
    Verification,
)
from compute_broker.ledger.store import sqlite_note
from compute_broker.ledger.threaded import AsyncLedger
from compute_broker.ledger.views import (
    AttemptEntry,
    DaySpend,
    Exchange,
    HistoryEntry,
    HistoryFilter,
    Lengths,
    Lesson,
    Spend,
    Spending,
    Sums,
    TierSpend,
)

__all__ = [
    "AsyncLedger",
    "AttemptEntry",
    "AttemptKind",
    "AttemptState",
    "BudgetLimit",
    "BudgetRefusedError",
    "BudgetWarning",
    "DaySpend",
    "DecisionNote",
    "Exchange",
    "HistoryEntry",
    "HistoryFilter",
    "Ledger",
    "LedgerBusyError",
    "LedgerCorruptError",
    "LedgerFullError",
    "LedgerNewerError",
    "LedgerReadOnlyError",
    "Lengths",
    "Lesson",
    "NewAttempt",
    "NewRequest",
    "Outcome",
    "Period",
    "Reconciled",
    "RequestStatus",
    "Reservation",
    "Settlement",
    "Spend",
    "Spending",
    "Standing",
    "Sums",
    "TierSpend",
    "Verification",
    "new_request_id",
    "sqlite_note",
]
