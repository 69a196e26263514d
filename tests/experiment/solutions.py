"""To each coding prompt of our own set a solution that must pass, and a likely mistake that must not."""

# ruff: noqa: E501 - lines as they would be answered

from __future__ import annotations

RIGHT: dict[str, str] = {
    "coding-01": """
def initials(name):
    return "".join(word[0].upper() + "." for word in name.split())
""",
    "coding-02": """
import re
from collections import Counter

def count_words(text):
    return dict(Counter(re.findall(r"[^\\W\\d_]+(?:'[^\\W\\d_]+)*", text.lower())))
""",
    "coding-04": """
def tail(text, n):
    if n <= 0 or not text:
        return []
    return text.removesuffix("\\n").split("\\n")[-n:]
""",
    "coding-05": """
import re

def valida_cor(texto):
    return re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", texto) is not None
""",
    "coding-07": """
def chunks(items, size):
    if size < 1:
        raise ValueError("size must be at least 1")
    return [items[i:i + size] for i in range(0, len(items), size)]
""",
    "coding-08": """
import re

UNITS = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]

def seconds(text):
    rest = text.strip()
    total, at = 0, -1
    if not rest:
        raise ValueError(text)
    while rest:
        found = re.match(r"(\\d+)\\s*(d|h|min|m|s)?\\s*", rest)
        if not found:
            raise ValueError(text)
        rest = rest[found.end():]
        if found[2]:
            where = [name for name, _ in UNITS].index(found[2][0])
        else:
            where = at + 1
            if at < 0 or rest or where >= len(UNITS):
                raise ValueError(text)
        if where <= at:
            raise ValueError(text)
        at = where
        total += int(found[1]) * UNITS[where][1]
    return total
""",
    "coding-09": '''
def quiet_customers(conn, since):
    return conn.execute(
        """
        SELECT c.name, MAX(o.ordered_on) AS last
        FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
        GROUP BY c.id
        HAVING last IS NULL OR last < ?
        ORDER BY last IS NULL, last DESC, c.name
        """,
        (since,),
    ).fetchall()
''',
    "coding-10": """
def merge_hours(slots):
    merged = []
    for start, end in sorted(slots):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
""",
    "coding-11": """
def common_pairs(left, right):
    first = {}
    for j, b in enumerate(right):
        first.setdefault(b, j)
    seen, result = set(), []
    for i, a in enumerate(left):
        if a not in seen:
            seen.add(a)
            if a in first:
                result.append((i, first[a]))
    return result
""",
    "coding-13": """
def split_bill(total_cents, weights):
    whole = sum(weights)
    parts = [total_cents * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total_cents * weights[i] % whole), i))
    for i in order[: total_cents - sum(parts)]:
        parts[i] += 1
    return parts
""",
    "coding-14": """
from collections import OrderedDict

class LRU:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity")
        self.capacity, self.kept = capacity, OrderedDict()

    def get(self, key):
        if key not in self.kept:
            return None
        self.kept.move_to_end(key)
        return self.kept[key]

    def put(self, key, value):
        self.kept[key] = value
        self.kept.move_to_end(key)
        if len(self.kept) > self.capacity:
            self.kept.popitem(last=False)

    def __len__(self):
        return len(self.kept)
""",
    "coding-15": """
import heapq

def build_order(needs):
    wanted = {task: set(before) for task, before in needs.items()}
    for before in list(wanted.values()):
        for task in before:
            wanted.setdefault(task, set())
    waiting = {task: len(before) for task, before in wanted.items()}
    then = {task: [] for task in wanted}
    for task, before in wanted.items():
        for other in before:
            then[other].append(task)
    ready = [task for task, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        task = heapq.heappop(ready)
        order.append(task)
        for other in then[task]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, other)
    if len(order) == len(wanted):
        return order
    done = set(order)
    path, place = [], {}
    task = min(task for task in wanted if task not in done)
    while task not in place:
        place[task] = len(path)
        path.append(task)
        task = min(other for other in wanted[task] if other not in done)
    raise ValueError("cycle: " + " -> ".join([*path[place[task]:], task]))
""",
    "coding-16": """
import re

def calc(text):
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = re.compile(r"\\s*(?:(\\d+\\.?\\d*|\\.\\d+)|([-+*/^()]))").match(text, at)
        if not found:
            raise ValueError(text)
        tokens.append(float(found[1]) if found[1] else found[2])
        at = found.end()
    tokens.append(None)
    here = 0

    def take():
        nonlocal here
        here += 1
        return tokens[here - 1]

    def sum_():
        value = product()
        while tokens[here] in ("+", "-"):
            value = value + product() if take() == "+" else value - product()
        return value

    def product():
        value = signed()
        while tokens[here] in ("*", "/"):
            value = value * signed() if take() == "*" else value / signed()
        return value

    def signed():
        if tokens[here] in ("+", "-"):
            return signed() if take() == "+" else -signed()
        return power()

    def power():
        base = atom()
        if tokens[here] == "^":
            take()
            return base ** signed()
        return base

    def atom():
        token = take()
        if isinstance(token, float):
            return token
        if token == "(":
            value = sum_()
            if take() == ")":
                return value
        raise ValueError(text)

    value = sum_()
    if tokens[here] is not None:
        raise ValueError(text)
    return float(value)
""",
    "coding-17": """
def justify(text, width):
    words = []
    for word in text.split():
        words += [word[i:i + width] for i in range(0, len(word), width)]
    lines, line = [], []
    for word in words:
        if line and len(" ".join([*line, word])) > width:
            lines.append(line)
            line = []
        line.append(word)
    result = []
    for full in lines:
        gaps, blanks = len(full) - 1, width - sum(map(len, full))
        if not gaps:
            result.append(full[0])
            continue
        each, more = divmod(blanks, gaps)
        result.append("".join(w + " " * (each + (i < more)) for i, w in enumerate(full[:-1])) + full[-1])
    return result + ([" ".join(line)] if line else [])
""",
    "coding-18": """
from collections import OrderedDict, deque

class Limiter:
    def __init__(self, most, seconds):
        self.most, self.seconds, self.calls = most, seconds, OrderedDict()

    def allow(self, key, now):
        while self.calls:
            oldest = next(iter(self.calls))
            if self.calls[oldest][-1] > now - self.seconds:
                break
            del self.calls[oldest]
        times = self.calls.get(key, deque())
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if len(times) >= self.most:
            return False
        times.append(now)
        self.calls[key] = times
        self.calls.move_to_end(key)
        return True

    def size(self):
        return len(self.calls)
""",
    "coding-20": """
import re

def field(text, most):
    found = set()
    for part in text.split(","):
        match = re.fullmatch(r"(?:(\\*)|(\\d+)(?:-(\\d+))?)(?:/(\\d+))?", part)
        if not match:
            raise ValueError(part)
        star, low, high, step = match.groups()
        if step is not None and (int(step) == 0 or (not star and high is None)):
            raise ValueError(part)
        first = 0 if star else int(low)
        last = most if star else int(high or low)
        if first > last or last > most:
            raise ValueError(part)
        found.update(range(first, last + 1, int(step or 1)))
    return found

def next_run(cron, after):
    fields = cron.split(" ")
    if len(fields) != 2:
        raise ValueError(cron)
    minutes, hours = field(fields[0], 59), field(fields[1], 23)
    start = int(after[:2]) * 60 + int(after[3:])
    for ahead in range(1, 24 * 60 + 1):
        hour, minute = divmod((start + ahead) % 1440, 60)
        if hour in hours and minute in minutes:
            return f"{hour:02d}:{minute:02d}" + (" +1" if start + ahead >= 1440 else "")
""",
}

WRONG: dict[str, str] = {
    "coding-01": """
def initials(name):  # several blanks
    return "".join(word[0].upper() + "." for word in name.split(" "))
""",
    "coding-02": """
def count_words(text):  # punctuation stays on the words
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
    "coding-04": """
def tail(text, n):  # n = 0 still gives all
    return text.rstrip("\\n").split("\\n")[-n:]
""",
    "coding-05": """
def valida_cor(texto):  # four digits pass
    return texto.startswith("#") and 4 <= len(texto) <= 7 and all(c in "0123456789abcdefABCDEF" for c in texto[1:])
""",
    "coding-07": """
def chunks(items, size):  # the last, shorter one is lost
    if size < 1:
        raise ValueError
    return [items[i:i + size] for i in range(0, len(items) - size + 1, size)]
""",
    "coding-08": """
import re

def seconds(text):  # neither order nor a number without a unit
    found = re.findall(r"(\\d+)\\s*(d|h|min|m|s)", text)
    if not found:
        raise ValueError
    return sum(int(n) * {"d": 86400, "h": 3600, "m": 60, "min": 60, "s": 1}[u] for n, u in found)
""",
    "coding-09": """
def quiet_customers(conn, since):  # those who never ordered are lost
    return conn.execute(
        "SELECT name, MAX(ordered_on) AS last FROM customers c JOIN orders o ON o.customer_id = c.id "
        "GROUP BY c.id HAVING last < ? ORDER BY last DESC, name", (since,)).fetchall()
""",
    "coding-10": """
def merge_hours(slots):  # touching ones stay apart
    merged = []
    for start, end in sorted(slots):
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
""",
    "coding-11": """
def common_pairs(left, right):  # still quadratic
    result, seen = [], set()
    for i, a in enumerate(left):
        if a not in seen and a in right:
            result.append((i, right.index(a)))
        seen.add(a)
    return result
""",
    "coding-13": """
def split_bill(total_cents, weights):  # the rest goes to the first, not to the largest remainder
    parts = [total_cents * weight // sum(weights) for weight in weights]
    for i in range(total_cents - sum(parts)):
        parts[i] += 1
    return parts
""",
    "coding-14": """
class LRU:  # get is no use
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity, self.kept = capacity, {}

    def get(self, key):
        return self.kept.get(key)

    def put(self, key, value):
        self.kept.pop(key, None)
        self.kept[key] = value
        if len(self.kept) > self.capacity:
            del self.kept[next(iter(self.kept))]

    def __len__(self):
        return len(self.kept)
""",
    "coding-15": """
def build_order(needs):  # recursion, and no cycle told
    order, seen = [], set()

    def visit(task):
        if task in seen:
            return
        seen.add(task)
        for other in sorted(needs.get(task, [])):
            visit(other)
        order.append(task)

    for task in sorted(needs):
        visit(task)
    return order
""",
    "coding-16": """
def calc(text):  # as the language has it
    return float(eval(text.replace("^", "**")))
""",
    "coding-17": """
import textwrap

def justify(text, width):  # not spread
    return textwrap.wrap(text, width)
""",
    "coding-18": """
class Limiter:  # keys are kept for ever
    def __init__(self, most, seconds):
        self.most, self.seconds, self.calls = most, seconds, {}

    def allow(self, key, now):
        times = self.calls.setdefault(key, [])
        while times and times[0] <= now - self.seconds:
            del times[0]
        if len(times) >= self.most:
            return False
        times.append(now)
        return True

    def size(self):
        return len(self.calls)
""",
    "coding-20": """
def field(text, most):  # nothing is checked
    if text == "*":
        return list(range(most + 1))
    if text.startswith("*/"):
        return list(range(0, most + 1, int(text[2:])))
    return [int(part) for part in text.split(",")]

def next_run(cron, after):
    minutes, hours = cron.split()
    hour, minute = map(int, after.split(":"))
    return min(f"{h:02d}:{m:02d}" for h in field(hours, 23) for m in field(minutes, 59) if (h, m) > (hour, minute))
""",
}
