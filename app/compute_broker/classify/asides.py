"""What is said beside the task: words to the router, greetings, thanks. They are left out of what is read.

A prompt that tells the router what to choose must change nothing, and politeness is no task. Only whole
sentences are dropped, and only where enough of the prompt is left to read.
"""

from __future__ import annotations

import re

_I = re.IGNORECASE

_LEAST_WORDS = 2
"""Where fewer words than this would be left, the courtesies are the prompt."""

_HINTS = tuple(
    "rout tier model classif cheap expensive opus sonnet haiku gpt gemini claude difficult trivial stakes"  # noqa: SIM905 - words read better
    " dispatcher broker <!--".split()
)
"""One of these occurs in every sentence to the router: a quick test for the usual case of none."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OBJECT = re.compile(r"(?:```(?:json)?\s*)?\{[^{}]{1,400}\}(?:\s*```)?")
_KEY = re.compile(r"[\"']?([A-Za-z_ -]+)[\"']?\s*:")
_ADDRESSED_KEYS = frozenset(
    {"router", "routing", "route", "tier", "difficulty", "stakes", "complexity", "classifier", "override"}
)
_KEYS = _ADDRESSED_KEYS | {
    *("tiers", "model", "models", "category", "effort", "mode", "plan", "force", "decision", "choice"),
    *("priority", "reason", "confidence", "level", "quality", "provider", "score"),
}
_PART = re.compile(r"[^\n]*?(?:[.!?][)\]\"']*(?=\s)|\n|\Z)", re.DOTALL)

_VERB = (
    r"(?:choose|pick|select|use|route|send|pass|forward|assign|give|hand|escalate|delegate|switch|go|answer|"
    r"take|prefer|force|require|run|deploy|try|need|want|must|should)"
)
_GRADE = (
    r"(?:cheap\w*|(?:most |least |more |less )?(?:expensive|capable|powerful|costly|intelligent|advanced)|"
    r"best|strong\w*|smart\w*|small\w*|bigg?\w*|larg\w*|weak\w*|local|frontier|premium|priciest|dearest|"
    r"fast\w*|free|top\w*|high\w*|low\w*|flagship|tiny|tiniest|better)"
)
_FAMILY = (
    r"(?:(?:claude|anthropic)[-\s]?\w*|opus\b|sonnet\b(?! about)|gpt-?\d\S*|chatgpt|gemini\b|kimi\b|"
    r"deepseek\b|qwen\S*|llama\S*|mistral\b|smollm\S*)"
)
_THING = r"(?:models?|tiers?|llms?|one you have|provider|option)"
_LEVEL = (
    r"(?:trivial|easy|simple|hard|difficult|complex|high[-\s]stakes|low[-\s]stakes|high|low|max\w*|min\w*)"
)
_FIGURE = r"(?:category|difficulty|stakes|tier|complexity|route|model|priority)"
_TO_ROUTER = re.compile(
    rf"""
    ^\W*(?:(?:note|message|hint|instructions?|memo|attention)\s+(?:to|for)\s+(?:the\s+)?)?
        (?:\w+\s+)?(?:router|routing|classifier|dispatcher|broker|model\s+selector)
        (?:\s+(?:override|note|hint|instructions?|directive|command|rule))?\s*[:\]>=,-]
  | ^\W*(?:note|message|hint|instructions?)\s+(?:to|for)\s+(?:the\s+)?(?:model\s+)?
        (?:router|classifier|dispatcher|broker|selector)
  | ^\W*(?:router|routing)\b[^\n]{{0,40}}\b{_FIGURE}\b
  | ^\W*(?:route\s+to|{_FIGURE})\s*[:=]\s*(?:{_FAMILY}|{_GRADE}|{_LEVEL}|\d+)\S*\W*$
  | \b(?:ignore|disregard|override|bypass|forget|skip)\b[^\n]{{0,30}}
        \b(?:routing|router|classifier|tiers?)\b
  | \b{_VERB}\b[^\n.]{{0,25}}?\b{_GRADE}\b(?:\s+[\w-]+){{0,2}}?\s+{_THING}\b
  | \b{_GRADE}\s+(?:model|tier|llm)\s+(?:is|will|would|can|should)\b[^\n]{{0,20}}
        \b(?:enough|do|sufficient|suffice|fine|needed|required|answer|handle)\b
  | \b(?:choose|pick|select|prefer|force|
        (?:route|send|pass|forward|escalate|switch|go)\s+(?:\w+\s+)?(?:to|with))\s+(?:\w+\s+){{0,2}}?{_FAMILY}
  | ^\W*(?:please\s+)?(?:use|answer\s+with|run\s+(?:\w+\s+)?on)\s+(?:only\s+)?{_FAMILY}(?:\s+\S+){{0,4}}\W*$
  | \b(?:classify|treat|mark|rate|consider|score|label|tag)\s+
        (?:this|it|me|the\s+(?:task|prompt|request|question))
        (?:\s+\w+){{0,2}}\s+(?:as\s+)?(?:an?\s+)?(?:\w+\s+)?(?:{_LEVEL}|chat)\b
  | \b(?:category|difficulty|stakes|tier|complexity|route)\s*=\s*\S
    """,
    _I | re.VERBOSE,
)
_LONGEST_ORDER = 160
"""A longer sentence says more than an order to the router."""

_GREETING = (
    r"(?:hi+|hello|hey+|hiya|yo|greetings|good (?:morning|afternoon|evening|day)|dear \w+|hallo|servus|moin|"
    r"guten (?:tag|morgen|abend)|bonjour|bonsoir|salut|coucou|hola|buen[oa]s (?:d[ií]as|tardes|noches)|ciao|"
    r"buongiorno|ol[áa]|oi)(?: (?:there|all|everyone|everybody|again|team|assistant|zusammen))?"
)
_OPENER = (
    r"(?:(?:just )?(?:a |one )?quick (?:question|one)|"
    r"i have an? (?:quick |small |short )?(?:question|request|task)(?: for you)?|"
    r"(?:can|could|would|will) you (?:please |kindly |maybe )?help me(?: out)?"
    r"(?: with (?:this|that|something))?|please help(?: me)?(?: with this)?|"
    r"i need (?:your |some )?help(?: with this)?|ok(?:ay)? so|hope you(?:'re| are) (?:doing )?well|so|"
    r"ok(?:ay)?|well|please|bitte|por favor|s'il (?:te|vous) pla[iî]t|per favore)"
)
_ASKING = (
    r"(?:write|explain|summari[sz]e|translate|compare|list|find|tell|give|show|make|draft|fix|solve|"
    r"calculate|describe|rewrite|suggest|create|help me (?:write|understand|find|fix|with))"
)
_HEAD = re.compile(
    rf"^\s*(?:{_GREETING}\s*(?:[,!.:;]+|–|-\s)\s*|{_OPENER}\s*[,!?.:;–]+\s*|"
    rf"(?:ok(?:ay)? so|hi|hey|hello)\s+(?=\w)|(?:please|pls|kindly)\s+|"
    rf"(?:can|could|would|will) you (?:please|kindly|pls) (?=\w)|(?:can|could|would) you (?={_ASKING}\b))",
    _I,
)
_THANKS = (
    r"(?:(?:many |big )?thank(?:s| you)|thx|cheers|much appreciated|"
    r"i(?:'d| would) appreciate (?:it|your help)|"
    r"(?:vielen |herzlichen )?danke?|merci|gracias|grazie|obrigad[oa])"
    r"(?: (?:a lot|so much|very much|a million|again|in advance|im voraus|sch[oö]n|beaucoup|d'avance|mille|"
    r"you|for (?:your|the) (?:help|time)))*"
)
_TAIL = re.compile(
    rf"(?:(?<![\s,])[\s,]+|(?<=[.!?])){_THANKS}\s*[.!]*\s*$|"
    rf"(?<![\s,])[\s,]+(?:please|pls|asap|bitte)\s*([.!?]*)\s*$|"
    rf"(?<!\s)\s+[:;]-?[)DP]\s*$|(?<!\s)\s*[🙏😊🙂😀👍]+\s*$",
    _I,
)
_FAREWELL = 90
"""Characters at the end that may be thanks."""

_WORD = re.compile(r"\w+")


def without_asides(text: str) -> str:
    """Return ``text`` without words to the router, greetings and thanks; all of it where little is left."""
    task = _without_orders(text)
    plain = _without_courtesies(task)
    if len(_WORD.findall(plain, 0, 200)) >= _LEAST_WORDS:
        return plain
    return task if _WORD.search(task) else text


def _without_orders(text: str) -> str:
    low = text.lower()
    if not any(hint in low for hint in _HINTS):
        return text
    text = _OBJECT.sub(lambda found: "" if _is_order(found[0]) else found[0], _COMMENT.sub("", text))
    return _PART.sub(_kept, text).strip()


def _is_order(item: str) -> bool:
    """Whether a JSON-like object is about routing and nothing else."""
    keys = {key.strip().lower().replace(" ", "_") for key in _KEY.findall(item)}
    return keys <= _KEYS and not keys.isdisjoint(_ADDRESSED_KEYS)


def _kept(part: re.Match[str]) -> str:
    said = part[0]
    if len(said) > _LONGEST_ORDER or not _TO_ROUTER.search(said):
        return said
    return "\n" if said.endswith("\n") else ""


def _without_courtesies(text: str) -> str:
    for _ in range(3):
        shorter = _HEAD.sub("", text, count=1)
        thanks = _TAIL.search(shorter, max(0, len(shorter) - _FAREWELL))
        if thanks:
            shorter = shorter[: thanks.start()] + (thanks[1] or "")
        if shorter == text:
            break
        text = shorter
    return text.strip()
