"""The words of settings, CSV and JSON as a person reads them: places, states, kinds of cost."""

from __future__ import annotations

from compute_broker.core.texts import tr

_NAMES = {
    "personal": tr("personal"),
    "office": tr("office"),
    "edge": tr("edge"),
    "distributed": tr("distributed"),
    "cloud": tr("cloud"),
    "ready": tr("ready"),
    "busy": tr("busy"),
    "loading": tr("loading"),
    "cold": tr("cold"),
    "unknown": tr("unknown"),
    "down": tr("down"),
    "needs_key": tr("needs key"),
    "no_model": tr("no model"),
    "off": tr("off"),
    "analysis": tr("analysis"),
    "writing": tr("writing"),
    "coding": tr("coding"),
    "knowledge": tr("knowledge"),
    "reasoning": tr("reasoning"),
    "chat": tr("chat"),
    "thrifty": tr("thrifty"),
    "balanced": tr("balanced"),
    "best": tr("best"),
    "category": tr("category"),
    "source": tr("source"),
    "place": tr("place"),
    "project": tr("project"),
    "quick_ask": tr("quick ask"),
    "command_line": tr("command line"),
    "gateway": tr("other programs"),
    "experiment": tr("experiment"),
    "exact": tr("exact"),
    "estimated": tr("estimated"),
    "metered": tr("metered"),
    "electricity": tr("electricity"),
    "amortised": tr("with the hardware"),
    "subscription": tr("in plan"),
    "spot": tr("spot"),
    "window": tr("window"),
    "week": tr("week"),
    "daily": tr("daily"),
    "weekly": tr("weekly"),
    "monthly": tr("monthly"),
}


def named(word: str) -> str:
    """Return ``word``, such as ``needs_key``, in the person's language; what is no word of ours as it is."""
    return _NAMES.get(word, word.replace("_", " "))
