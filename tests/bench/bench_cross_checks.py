"""Plans with cross-checks on answers to prompts that training did not see: ``make bench-cross-checks``.

Pairs are chosen beforehand by price, ability and prompt, once among all models and once without those named
by ``--without``; shares are of the model that turned out best, with 95 % bootstrap intervals.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from left_out import LeftOutClassifier, classifier_of, options

from compute_broker.experiment import show
from compute_broker.experiment.collection import Prices, read_prices
from compute_broker.experiment.evaluate import evaluate

COLLECTIONS = ("gsm", "math-l5-half")


def measured(classifier: LeftOutClassifier, data: Path, name: str, prices: Prices) -> str:
    """Return the lines of the report that tell of models and cross-checks."""
    rows = classifier.unseen(data / f"{name}.jsonl.gz")
    with tempfile.TemporaryDirectory(prefix="cb-bench-") as folder:
        path = Path(folder) / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        report = evaluate(path, prices, classifier)
    best = report.models[report.best]
    head = f"{name}, {report.prompts} prompts, {len(report.models)} models, best {report.best} {best[1]:.1%}"
    return "\n".join([head, *show.cross_checks(report)])


def main() -> None:
    """Measure every collection with each set of models."""
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    parser = options(__doc__)
    parser.add_argument("--prices", type=Path, default=Path(__file__).with_name("list_prices.json"))
    parser.add_argument("--without", nargs="*", default=[], help="models to leave out in the second round")
    arguments = parser.parse_args()
    classifier, prices = classifier_of(arguments), read_prices(arguments.prices)
    for left_out in ([], arguments.without):
        priced = {model: price for model, price in prices.items() if model not in left_out}
        for name in COLLECTIONS:
            print(measured(classifier, arguments.data, name, priced), flush=True)
        if not arguments.without:
            break
        if not left_out:
            print(f"without {', '.join(arguments.without)}")


if __name__ == "__main__":
    main()
