"""Which language the program speaks: read before anything else, since texts are looked up as modules load."""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from compute_broker.config.home import Home
from compute_broker.core.texts import DOMAIN, ENGLISH, speak
from compute_broker.resources_path import resource

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def speak_the_persons() -> str:
    """Take the language of the settings file, else the system's; return its name, ``en`` for English."""
    chosen = chosen_language(Home.find().settings)
    return speak(resource("translations"), [chosen] if chosen else system_languages(os.environ))


def speak_as(languages: Sequence[str]) -> None:
    """Take the language that whoever started this child speaks."""
    speak(resource("translations"), languages)


def chosen_language(settings: Path) -> str:
    """Return ``desktop.language`` of the settings file; empty when it says nothing, or nothing readable.

    What is wrong with the file is told by who reads it whole.
    """
    try:
        found = tomllib.loads(settings.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    desktop = found.get("desktop")
    chosen = desktop.get("language") if isinstance(desktop, dict) else None
    return chosen if isinstance(chosen, str) and chosen != "system" else ""


def spoken_languages() -> list[str]:
    """Return what ``desktop.language`` may be: ``system``, ``en``, and what has a catalog."""
    found = sorted(path.parts[-3] for path in resource("translations").glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return ["system", ENGLISH, *found]


def system_languages(environment: Mapping[str, str]) -> Sequence[str]:
    """Return the languages the system asks for, the dearest first: ``pt_BR``, ``es``."""
    told = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    wanted = told.split(":") if told else [locale.getlocale()[0] or ""]
    names = (each.partition(".")[0].partition("@")[0] for each in wanted)
    return [name for name in names if name]
