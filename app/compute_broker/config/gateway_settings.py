"""How other programs may ask: the ``[gateway]`` section."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from compute_broker.config.section import Section

TOKEN_KEY = "gateway/token"  # noqa: S105 - the name it is kept under, which no tier can have
LOOPBACK = "127.0.0.1"
"""Where it listens, and nowhere else."""
LEAST_PORT, MOST_PORT = 1024, 65_535


class GatewaySettings(Section, frozen=True, kw_only=True):
    """``enabled``: other programs on this machine may ask at ``port``, with the token.

    ``any_model``: a model that is neither a tier's nor a mode's is answered as ``auto``, for programs with a
    fixed list of models; else it is refused with a sentence.
    """

    enabled: bool = False
    port: Annotated[int, Meta(ge=LEAST_PORT, le=MOST_PORT)] = 4417
    any_model: bool = False

    @property
    def address(self) -> str:
        """The base URL for programs that speak as to OpenAI; to Anthropic they speak without the ``/v1``."""
        return base_url(self.port)


def base_url(port: int) -> str:
    """Return the base URL of a gateway at ``port``."""
    return f"http://{LOOPBACK}:{port}/v1"
