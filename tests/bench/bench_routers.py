"""Our router beside LiteLLM's and Wayfinder's on the same prompts, in one run: ``make bench-routers``.

APGR (average performance gap recovered; random mixing 0.5) of each pair of a weak and a strong model, with
95 % bootstrap intervals, and the milliseconds a decision takes. Ours is measured on prompts that its
training has not seen; the others are not trained on any of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from left_out import LeftOutClassifier, classifier_of, options
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compute_broker.broker.policy import Rules, decide
from compute_broker.core.ability import success_probability
from compute_broker.core.decision import MODES, CrossCheck
from compute_broker.experiment import curves
from compute_broker.market.abilities import ability_row
from support.ten_tiers import ten_tiers

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PAIRS = (
    ("gsm", "claude-3-haiku-20240307", "claude-3-5-sonnet-20241022"),
    ("gsm", "Meta-Llama-3.1-8B-Instruct", "Meta-Llama-3.1-70B-Instruct"),
    ("gsm", "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"),
    ("math-l5-half", "claude-3-haiku-20240307", "claude-3-5-sonnet-20241022"),
    ("math-l5-half", "Meta-Llama-3.1-8B-Instruct", "Meta-Llama-3.1-70B-Instruct"),
    ("mmlu-pro-60", "gemini-1.5-flash-002", "gemini-1.5-pro-002"),
    ("mmlu-pro-60", "Meta-Llama-3_1-8B-Instruct", "Meta-Llama-3_1-70B-Instruct"),
    ("uiuc-train", "gemma-2-9b-it", "llama-3.1-nemotron-51b-instruct"),
    ("uiuc-train", "mistral-7b-instruct-v0.3", "llama-3.1-nemotron-51b-instruct"),
    ("uiuc-test", "gemma-2-9b-it", "llama-3.1-nemotron-51b-instruct"),
    ("uiuc-test", "mistral-7b-instruct-v0.3", "llama-3.1-nemotron-51b-instruct"),
)
OURS = "ours"
SEED = 7
Rows = list[dict[str, Any]]


def environment() -> Path:
    """Make the environment of the others where it is missing; return its Python."""
    folder = ROOT / "build" / "bench-routers"
    python, wanted = folder / "bin" / "python", (HERE / "rivals.txt").read_text("utf-8")
    stamp = folder / "rivals.txt"
    if not (stamp.exists() and stamp.read_text("utf-8") == wanted):
        print("installing the other routers into an environment of their own", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", HERE / "rivals.txt"], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def others(python: Path, prompts: Sequence[str]) -> list[dict[str, tuple[float, float]]]:
    """Return score and milliseconds of each other router for every prompt."""
    lines = "".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts)
    program = [python, HERE / "rivals.py"]
    done = subprocess.run(program, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the other routers failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def chances(classifier: LeftOutClassifier, rows: Rows, *models: str) -> NDArray[np.float64]:
    """Return how likely we think each model to succeed: a row a prompt, a column a model."""
    abilities = [ability_row(model) for model in models]
    tasks = [classifier.classify(row["prompt"]) for row in rows]
    return np.array([[success_probability(row, task) for row in abilities] for task in tasks])


def report(
    classifier: LeftOutClassifier, rows: Rows, found: Sequence[dict[str, Any]], weak: str, strong: str
) -> list[str]:
    """Return a line for each router: APGR with its interval, and how sure it is that ours is better."""
    low, high = (np.array([row["outcomes"][model]["score"] for row in rows]) for model in (weak, strong))
    likely = chances(classifier, rows, weak, strong)
    scores = {OURS: likely[:, 1] - likely[:, 0]}
    scores |= {name: np.array([each[name][0] for each in found]) for name in found[0]}

    def measure(name: str) -> curves.Interval:
        gain = scores[name]
        return curves.bootstrap(lambda i: curves.apgr(gain[i], low[i], high[i]), len(rows), SEED)

    def ahead(name: str) -> curves.Interval:
        mine, gain = scores[OURS], scores[name]
        return curves.bootstrap(
            lambda i: curves.apgr(mine[i], low[i], high[i]) - curves.apgr(gain[i], low[i], high[i]),
            len(rows),
            SEED,
        )

    lines = []
    for name in scores:
        apgr = measure(name)
        line = f"  {name:22} {apgr.value:.3f} [{apgr.low:.3f}, {apgr.high:.3f}]"
        if name == OURS:
            skill = curves.bootstrap(
                lambda i: curves.skill(scores[OURS][i], low[i], high[i]), len(rows), SEED
            )
            ece = curves.calibration_error(likely, np.stack([low, high], 1))
            line += f"   skill {skill.value:.2f} [{skill.low:.2f}, {skill.high:.2f}], ECE {ece:.3f}"
        else:
            lead = ahead(name)
            line += f"   ours ahead by {lead.value:+.3f} [{lead.low:+.3f}, {lead.high:+.3f}]"
        lines.append(line)
    return lines


def times(classifier: LeftOutClassifier, rows: Rows, found: Sequence[dict[str, Any]]) -> list[str]:
    """Return the milliseconds a decision takes; ours is classifying and choosing among ten tiers."""
    snapshot, rules = ten_tiers(), Rules(MODES["balanced"], "opus", cross_check=CrossCheck.AUTO)
    own = []
    for row in rows:
        began = time.perf_counter()
        decide(classifier.classify(row["prompt"]), snapshot, rules)
        own.append(1000.0 * (time.perf_counter() - began))
    spent = {f"{OURS}, among ten tiers": own}
    spent |= {name: [each[name][1] for each in found] for name in found[0]}
    return [
        f"  {name:22} p50 {np.percentile(ms, 50):.3f} ms, p99 {np.percentile(ms, 99):.3f} ms"
        for name, ms in spent.items()
    ]


def main() -> None:
    """Measure every pair, then the time over all prompts."""
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    arguments = options(__doc__).parse_args()
    classifier, python = classifier_of(arguments), environment()
    names = dict.fromkeys(name for name, _, _ in PAIRS)
    rows = {name: classifier.unseen(arguments.data / f"{name}.jsonl.gz") for name in names}
    found = {name: others(python, [row["prompt"] for row in rows[name]]) for name in names}
    for name, weak, strong in PAIRS:
        both = [k for k, row in enumerate(rows[name]) if {weak, strong} <= row["outcomes"].keys()]
        kept, scored = [rows[name][k] for k in both], [found[name][k] for k in both]
        print(f"{name}, {len(kept)} prompts: {weak} / {strong}")
        print("\n".join(report(classifier, kept, scored, weak, strong)), flush=True)
    everything = [row for part in rows.values() for row in part]
    print(f"a decision, {len(everything)} prompts")
    print("\n".join(times(classifier, everything, [each for part in found.values() for each in part])))


if __name__ == "__main__":
    main()
