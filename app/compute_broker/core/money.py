"""Money as integer nano-dollars.

One nano-dollar is 1e-9 USD, so that a single token of the cheapest metered model (0.01 USD per
million) is still ten whole units. Amounts are ``int``; ``Decimal`` appears only where a person or a
provider writes dollars; ``float`` never.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from compute_broker.core.texts import figure, tr

NANOS_PER_USD = 1_000_000_000
TOKENS_PER_MTOK = 1_000_000
PPM = 1_000_000
"""Parts per million: probabilities are scaled by this before they meet money."""

_MAX_USD = Decimal(1_000_000)


def nanos_from_usd(amount: Decimal | str | int) -> int:
    """Return ``amount`` dollars as nano-dollars, half-even at the ninth decimal.

    Raises:
        ValueError: the text is no number, is not finite, or is beyond a million dollars either
            way. A ``float`` is refused, since it has already lost the cents it would be trusted with.
    """
    if isinstance(amount, float):
        msg = tr("{amount} is a float; give dollars as text, an int or a Decimal", amount=f"{amount!r}")
        raise TypeError(msg)
    try:
        usd = Decimal(amount)
    except (InvalidOperation, ValueError, TypeError) as error:
        msg = tr("{amount} is not an amount in dollars", amount=f"{amount!r}")
        raise ValueError(msg) from error
    if not usd.is_finite() or abs(usd) > _MAX_USD:
        msg = tr("{amount} is not a believable amount in dollars", amount=f"{amount!r}")
        raise ValueError(msg)
    return int((usd * NANOS_PER_USD).to_integral_value(rounding=ROUND_HALF_EVEN))


def usd_from_nanos(nanos: int) -> Decimal:
    """Return nano-dollars as an exact ``Decimal`` of dollars."""
    return Decimal(nanos) / NANOS_PER_USD


def format_usd(nanos: int | None, *, places: int | None = None) -> str:
    """Return an amount a person reads, as their language writes it: ``$1.24``, ``0.31 ¢``.

    An en dash for unknown; see :func:`english_usd` for the rest.
    """
    return as_spoken(english_usd(nanos, places=places))


def english_usd(nanos: int | None, *, places: int | None = None) -> str:
    """Return an amount as English writes it: ``$1.24``, ``0.31 ¢``, or an en dash for unknown.

    Amounts below one cent are shown in cents with two significant digits, since almost every
    single answer costs less than a cent; ``places`` forces dollars with that many decimals.
    """
    if nanos is None:
        return "–"
    sign = "-" if nanos < 0 else ""
    usd = abs(usd_from_nanos(nanos))
    if places is not None:
        return f"{sign}${usd:.{places}f}"
    if usd == 0:
        return "$0.00"
    if usd >= Decimal("0.0095"):
        return f"{sign}${usd:.2f}"
    cents = usd * 100
    if cents < Decimal("0.001"):
        return ">-0.001 ¢" if sign else "<0.001 ¢"
    digits = 1 - cents.adjusted()
    return f"{sign}{cents:.{max(digits, 1)}f} ¢"


def rough_usd(mark: str, nanos: int | None) -> str:
    """Return an amount after the sign that it is not exact: ``~0.31 ¢``; ``<0.001 ¢`` says so by itself."""
    text = format_usd(nanos)
    return text if nanos is None or text.startswith(("<", ">")) else f"{mark}{text}"


def format_rate(nanos_per_mtok: int | None) -> str:
    """Return a price per million tokens, as the person's language writes it."""
    return as_spoken(english_rate(nanos_per_mtok))


def english_rate(nanos_per_mtok: int | None) -> str:
    """Return a price per million tokens: ``$2.00``, two digits that mean something, en dash for unknown."""
    if nanos_per_mtok is None:
        return "–"
    usd = usd_from_nanos(nanos_per_mtok)
    if usd == 0 or usd >= Decimal("0.1"):
        return f"${usd:.2f}"
    return f"${usd:.{1 - usd.adjusted()}f}"


def as_spoken(text: str) -> str:
    """Return an amount that English writes ``-$1.24`` or ``0.31 ¢`` as the person's language does."""
    sign, dollar, number = text.partition("$")
    return f"{sign}{tr('${amount}', amount=figure(number))}" if dollar else figure(text)


def plain_usd(nanos: int) -> str:
    """Return dollars as a plain decimal without exponent or padding, for CSV and JSON text."""
    text = f"{usd_from_nanos(nanos):.9f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def per_mtok_cost(tokens: int, nanos_per_mtok: int) -> int:
    """Return the exact numerator of a cost: tokens times rate, in nano-dollar *millionths*.

    Sum these, then divide once with :func:`round_mtok`, so that a request is rounded once only.
    """
    return tokens * nanos_per_mtok


def round_mtok(total: int) -> int:
    """Return nano-dollars for a sum of :func:`per_mtok_cost`, rounded half up."""
    return (total + TOKENS_PER_MTOK // 2) // TOKENS_PER_MTOK


def ceil_mtok(total: int) -> int:
    """Return nano-dollars for a sum of :func:`per_mtok_cost`, rounded up: for reservations."""
    return -(-total // TOKENS_PER_MTOK)


def probability_ppm(probability: float) -> int:
    """Return a probability in [0, 1] as whole parts per million, clamped."""
    return max(0, min(PPM, round(probability * PPM)))
