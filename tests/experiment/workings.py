"""How the numbers and names in our own set come about, each from scratch, to hold the references against."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import permutations, product
from typing import Any


def growth() -> str:
    sales = {"North": (412, 441), "East": (88, 103), "South": (655, 702), "West": (240, 273)}
    return max(sales, key=lambda region: Fraction(sales[region][1], sales[region][0]))


def last_notice() -> str:
    """The second term ends on 31 August 2025; three months before, and a Saturday does not matter."""
    end = date(2025, 9, 1) - timedelta(days=1)
    notice = date(end.year, end.month - 3, 31)
    assert notice.weekday() == 5
    return notice.isoformat()


def z_value() -> float:
    pooled = 865 / 10_000
    return (465 / 5000 - 400 / 5000) / math.sqrt(pooled * (1 - pooled) * 2 / 5000)


def phone_plans() -> Fraction:
    alpha = 24 * (Fraction("12.99") + 1 * 2 + 40 * Fraction("0.19")) + Fraction("39.90")
    beta = 24 * Fraction("18.90") - 3 * Fraction("9.45")
    return alpha - beta


def cash_conversion() -> float:
    return 365 * (2250 / 18_250 + 1620 / 10_950 - 1230 / 10_950)


def outage_minutes() -> float:
    failed = datetime(2024, 7, 2, 21, 49, 10)  # noqa: DTZ001 - all in UTC
    restored = datetime(2024, 7, 3, 0, 25, 10) - timedelta(hours=2, minutes=3)  # noqa: DTZ001 - likewise
    return (restored - failed) / timedelta(minutes=1)


def number_needed() -> int:
    return math.ceil(1 / Fraction(185 - 133, 3706))


def differing_customers() -> str:
    shop = {
        "C-104": "238.00", "C-117": "106.51", "C-131": "1487.50", "C-158": "42.80", "C-163": "89.25",
        "C-219": "368.90", "C-240": "117.81",
    }  # fmt: skip
    ledger = {
        "C-104": "238.00", "C-117": "106.51", "C-131": "1478.50", "C-158": "42.80", "C-163": "98.25",
        "C-219": "368.00", "C-240": "93.81",
    }  # fmt: skip
    credit = {"C-131": "9.00", "C-240": "24.00"}
    return ", ".join(
        name
        for name, gross in shop.items()
        if Fraction(gross) - Fraction(credit.get(name, "0")) != Fraction(ledger[name])
    )


def mira() -> int:
    return next(3 * boy for boy in range(1, 100) if 3 * boy + 8 == 2 * (boy + 8))


def arrival() -> str:
    return (datetime(2024, 3, 30, 21, 48) + timedelta(hours=2, minutes=53)).strftime("%H:%M")  # noqa: DTZ001


def dice() -> str:
    rolls = list(product(range(1, 7), repeat=2))
    return str(Fraction(sum(sum(roll) >= 9 and 6 in roll for roll in rolls), len(rolls)))


def row_of_colleagues() -> str:
    found = [
        order
        for order in permutations(("Ana", "Bruno", "Chloe", "David", "Emil"))
        if order.index("Ana") in {0, 4}
        and abs(order.index("Ana") - order.index("David")) > 1
        and abs(order.index("Ana") - order.index("Bruno")) > 1
        and order.index("Chloe") == 2
        and order.index("David") == 3
        and order.index("Emil") < order.index("Bruno")
    ]
    assert len(found) == 1
    return ", ".join(found[0])


def islanders() -> str:
    found = [
        (pia, quinn, rosa)
        for pia, quinn, rosa in product((True, False), repeat=3)
        if pia == (quinn == rosa) and quinn == (not pia) and rosa == (not quinn)
    ]
    assert len(found) == 1
    return ", ".join(name for name, true in zip(("Pia", "Quinn", "Rosa"), found[0], strict=True) if true)


def savings_plan() -> float:
    saved = 0.0
    for _ in range(120):
        saved = saved * 1.003 + 250
    return saved


def two_digit_pins() -> int:
    return sum(len(set(pin)) == 2 for pin in product(range(10), repeat=5))


def drip() -> float:
    return 72 * 6 * 60 / 1000 / (400 / 250)


def infected() -> float:
    ill = Fraction(1, 250) * Fraction(96, 100) * Fraction(10, 100)
    well = Fraction(249, 250) * Fraction(3, 100) * Fraction(99, 100)
    return float(100 * ill / (ill + well))


def _houses() -> Iterator[tuple[dict[str, int], dict[str, int], dict[str, int]]]:
    """Yield who, which pet and which instrument is in which house, for each way that fits."""
    for people in permutations(range(1, 5)):
        who = dict(zip(("Ada", "Ben", "Caro", "Dilan"), people, strict=True))
        if who["Ben"] != 3 or who["Dilan"] < 3 or abs(who["Caro"] - 3) == 1:
            continue
        for pets, instruments in product(permutations(range(1, 5)), repeat=2):
            pet = dict(zip(("cat", "dog", "fish", "parrot"), pets, strict=True))
            plays = dict(zip(("cello", "drums", "flute", "guitar"), instruments, strict=True))
            if (
                plays["cello"] == pet["dog"] - 1
                and pet["parrot"] in {1, 4}
                and plays["drums"] == who["Caro"]
                and pet["fish"] == plays["flute"]
                and plays["guitar"] != pet["parrot"]
                and abs(plays["guitar"] - who["Caro"]) != 1
                and who["Dilan"] != pet["dog"]
            ):
                yield who, pet, plays


def cat_owner() -> str:
    ways = list(_houses())
    assert len(ways) == 1
    who, pet, _ = ways[0]
    return next(name for name, house in who.items() if house == pet["cat"])


def cereal() -> float:
    return float(sum(Fraction(5, missing) for missing in (3, 2, 1)))


def fitters() -> int:
    """Try each order of jobs, each given to who is free first; every best schedule is among these."""
    hours = {"A": 5, "B": 4, "C": 6, "D": 5, "E": 5, "F": 3, "G": 4}
    after = {"C": "A", "D": "B", "E": "AB", "F": "D", "G": "CE"}
    best = sum(hours.values())
    for order in permutations(hours):
        for turns in product((0, 1), repeat=len(hours)):
            free, done = [0, 0], {}
            for job, turn in zip(order, turns, strict=True):
                if any(other not in done for other in after.get(job, "")):
                    break
                start = max([free[turn], *(done[other] for other in after.get(job, ""))])
                free[turn] = done[job] = start + hours[job]
                if free[turn] >= best:
                    break
            else:
                best = max(done.values())
    return best


def divisible() -> int:
    return sum((n % 4 == 0 or n % 6 == 0) and n % 9 != 0 and n % 10 != 0 for n in range(1, 2001))


def loans() -> float:
    def total(rate: float) -> float:
        return 48 * 18_000 * rate / (1 - (1 + rate) ** -48)

    return abs(total(0.0045) + 280 - total(0.0052) - 48 * 4.50)


WORKINGS: dict[str, Callable[[], Any]] = {
    "analysis-04": growth,
    "analysis-09": last_notice,
    "analysis-10": z_value,
    "analysis-12": phone_plans,
    "analysis-16": cash_conversion,
    "analysis-18": outage_minutes,
    "analysis-19": number_needed,
    "analysis-20": differing_customers,
    "reasoning-01": lambda: (3.70 - 2.50) / 2,
    "reasoning-02": mira,
    "reasoning-03": arrival,
    "reasoning-04": lambda: 450 / 6 * 11 - 300,
    "reasoning-06": lambda: (date(2024, 5, 1) + timedelta(days=100)).strftime("%A"),
    "reasoning-07": lambda: 108 / 0.9 / 0.8,
    "reasoning-08": dice,
    "reasoning-09": row_of_colleagues,
    "reasoning-10": islanders,
    "reasoning-11": savings_plan,
    "reasoning-12": lambda: float(1 / (Fraction(1, 6) + Fraction(1, 9) - Fraction(1, 12))),
    "reasoning-13": two_digit_pins,
    "reasoning-14": drip,
    "reasoning-15": infected,
    "reasoning-16": cat_owner,
    "reasoning-17": cereal,
    "reasoning-18": fitters,
    "reasoning-19": divisible,
    "reasoning-20": loans,
}
