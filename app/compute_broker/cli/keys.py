"""``keys``: put a key into the system keyring, see which are there, take one out."""

from __future__ import annotations

import sys

import click

from compute_broker.config.home import Home
from compute_broker.config.keys import KeyStore
from compute_broker.config.store import SettingsStore


@click.group()
def keys() -> None:
    """Keys of hosted tiers, kept in the system keyring and nowhere else."""


@keys.command(name="set")
@click.argument("name")
def set_key(name: str) -> None:
    """Keep the key NAME (such as anthropic); it is asked for, or read from standard input."""
    value = (
        click.prompt("Key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    )
    KeyStore().set(name, value)
    click.echo(f"The key {name!r} is in the system keyring.")


@keys.command(name="delete")
@click.argument("name")
def delete_key(name: str) -> None:
    """Forget the key NAME."""
    KeyStore().delete(name)
    click.echo(f"The key {name!r} is forgotten.")


@keys.command(name="list")
def list_keys() -> None:
    """Show which keys the tiers want and where each comes from; never the keys."""
    store = KeyStore()
    wanted = sorted({tier.key_name for tier in SettingsStore(Home.find()).current.tiers if tier.key_name})
    for name in wanted:
        click.echo(f"{name}: {store.where(name) or 'missing'}")
    if store.problem:
        click.echo(store.problem, err=True)
