"""What is plain from the words alone: needs, stakes, expected length, checkability.

Rules rather than learned weights, because a person must be able to foresee them: "private",
"production database" or "in this photo" may not depend on a training run.
"""

from __future__ import annotations

import re

from compute_broker.core.task import Category, Need, Stakes

_I = re.IGNORECASE

_VISION = re.compile(
    r"\b(?:in|from|on|at|of|describe|read|see|transcribe|analy[sz]e|what is|what's|look at)\s+"
    r"(?:this|"
    r"the attached|my|the uploaded|"
    r"the above|that|the following|these)\s+(?:\w+\s+)?(?:image|photo|picture|screenshot|scan|photograph|"
    r"drawing|selfie)s?\b|"
    r"\battached (?:\w+ )?(?:image|photo|picture|screenshot|scan)s?\b|"
    r"\b(?:auf|in) (?:diesem|dem) (?:bild|foto|screenshot)\b|\bdieses (?:bild|foto)\b|\bcette (?:image|"
    r"photo)\b|"
    r"\besta (?:imagen|foto)\b|\bquesta (?:immagine|foto)\b|\besta imagem\b|"
    r"这张(?:图片|照片|图)|この(?:画像|写真)",
    _I,
)
_TOOLS = re.compile(
    r"\b(?:search|browse|google|look up on) (?:the )?(?:web|internet|online)\b|\bopen (?:this|the) (?:url|"
    r"link|website|page)\b|"
    r"\b(?:visit|fetch|download|summari[sz]e|read) https?://|\b(?:send|schedule|book) (?:an?|the|this|it|"
    r"me)\b[^.\n]{0,30}"
    r"\b(?:for me|on my behalf|in my calendar|to my calendar)\b|"
    r"\b(?:suche|such) im (?:internet|web|netz)\b|\bcherche sur (?:internet|le web)\b|"
    r"\bbusca en (?:internet|la web)\b",
    _I,
)
_CURRENT = re.compile(
    r"\b(?:today'?s?|tonight|right now|currently|at the moment|this (?:week|month|morning|season)|"
    r"yesterday|tomorrow)\b"
    r"[^.?!\n]{0,60}\b(?:price|weather|news|score|rate|stock|forecast|game|match|winner|president|"
    r"prime minister|ceo|leader|"
    r"headlines?|traffic|schedule|version|exchange|temperature)s?\b|"
    r"\b(?:latest|current|newest|most recent|up[- ]to[- ]date)\b[^.?!\n]{0,30}\b(?:price|weather|news|"
    r"score|rate|stock|version|release|"
    r"president|prime minister|ceo|election|polls?|standings|results?|headlines?|exchange)s?\b|"
    r"\b(?:price|weather|news|score|forecast|exchange rate|stock|headlines?)\b[^.?!\n]{0,40}\b(?:today|"
    r"tonight|right now|tomorrow|now|"
    r"this week)\b|\bwho (?:won|is winning)\b[^.?!\n]{0,40}\b(?:yesterday|last night|today|this (?:week|"
    r"year|season))\b|"
    r"\b(?:wetter|nachrichten|aktienkurs|wechselkurs)\b[^.?!\n]{0,30}\b(?:heute|morgen|aktuell|jetzt)\b|"
    r"\b(?:météo|actualités)\b[^.?!\n]{0,30}\baujourd|\b(?:tiempo|noticias)\b[^.?!\n]{0,30}\bhoy\b|"
    r"今天.{0,8}(?:天气|新闻|股价)|"
    r"今日.{0,6}(?:天気|ニュース)",
    _I,
)


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of ``text``: long lists read better without quotes and commas."""
    return tuple(text.split())


_NEEDS = (
    (
        Need.VISION,
        _listed(
            "image photo picture screenshot scan drawing selfie bild foto imagen imagem immagine 图 画像 写真"
        ),
        _VISION,
    ),
    (
        Need.TOOLS,
        _listed("search browse google look open http send schedule book such cherche busca"),
        _TOOLS,
    ),
    (
        Need.CURRENT_FACTS,
        _listed(
            "today tonight now current moment this yesterday tomorrow latest newest recent date last heute"
            " morgen aktuell jetzt aujourd hoy 今"
        ),
        _CURRENT,
    ),
)
"""A need, words of which one must occur (a quick test for the usual case of none), and the pattern."""

_TOPIC_WORDS = frozenset(
    _listed(
        "dose doses dosage mg milligram milligrams medication medications medicine medicines overdose symptom"
        " symptoms insulin antibiotic antibiotics ibuprofen paracetamol acetaminophen warfarin seizure stroke"
        " tumor tumour cancer dosis symptome enceinte embarazada síntoma síntomas lawsuit sue sued suing"
        " lawyer lawyers attorney custody divorce landlord tenant tenants contract visa immigration court"
        " arrested police nda gdpr compliance lease klage anwalt kündigung vertrag mietvertrag avocat contrat"
        " licenciement abogado contrato demanda savings mortgage retirement pension tax taxes 401k loan debt"
        " stock stocks crypto bitcoin aktien rente kredit impôt impôts retraite impuestos hipoteca"
    )
)
_TOPIC_STEMS = _listed(
    "diagnos pregnan allerg suicid medikament schwanger brustschmerz médicament medicament liabilit evict"
    " invest bankrupt steuer"
)
_TOPIC_PHRASES = (
    "side effect",
    "chest pain",
    "blood pressure",
    "self-harm",
    "self harm",
    "non-compete",
    "will and testament",
    "life insurance",
    "salary negotiation",
    *_listed("剂量 怀孕 妊娠 律师 合同 弁護士 契約 投資 药 薬"),
)
_DANGER = re.compile(
    r"\brm -rf\b|\bdrop (?:table|database)\b|\btruncate table\b|\bmkfs\b|\bdd if=|\bforce[- ]push\b|"
    r"\bpush --force\b|\bgit reset --hard\b|"
    r"\b(?:delete|drop|wipe|erase|purge|migrate|overwrite|truncate|restore|löschen?|supprimer|"
    r"borrar)\b[^.?!\n]{0,60}"
    r"\b(?:production|prod|live|customers?|users?|backups?|all (?:rows|records|data|files)|database|"
    r"produktiv\w*|datenbank|"
    r"base de données|base de datos)\b|"
    r"\b(?:production|prod|live)\b[^.?!\n]{0,30}\b(?:database|db|server|cluster|system|data|outage|"
    r"is down|deploy\w*|migration)\b|"
    r"\bterraform destroy\b|\bkubectl delete\b|\bwire transfer\b|\belectrical panel\b|\bgas leak\b|"
    r"\bcarbon monoxide\b",
    _I,
)
_PERSONAL = re.compile(
    r"\b(?:i|my|me|i'm|i've|we|our|us|mine|ich|mein\w*|wir|unser\w*|je|j'ai|mon|ma|mes|nous|notre|yo|mis?|"
    r"nuestr\w+|tengo)\b|我|私",
    _I,
)
_URGENT = re.compile(
    r"\b(?:my (?:\w+[- ]){0,3}(?:son|daughter|baby|child|toddler|mother|father|wife|husband|patient)|"
    r"overdose|suicid\w+|"
    r"chest pain|self[- ]harm|is it safe to (?:take|mix|give|combine)|can i (?:take|mix|give|combine))\b",
    _I,
)
_WORK = re.compile(
    r"\b(?:my boss|client|customer|manager|investors?|board|interview|cover letter|resume|cv|thesis|"
    r"deadline|deploy\w*|security|"
    r"encrypt\w*|password|authenticat\w*|payment|invoice|report|proposal|presentation|grant|application)\b",
    _I,
)
_DANGER_HINTS = _listed(
    "rm drop truncate mkfs dd force reset delete wipe erase purge migrat overwrit lösch supprim borrar restor"
    " prod live terraform kubectl wire electrical gas carbon"
)
_WORK_HINTS = _listed(
    "boss client customer manager investor board interview letter resume cv thesis deadline deploy secur"
    " encrypt password authenticat payment invoice report proposal presentation grant application"
)
"""One of these occurs where the pattern of the same name matches: a quick test for the usual case of none."""

_EXAM = re.compile(r"(?:^|\n)\s*\(?[A-J][).:]\s+\S.*\n\s*\(?[A-J][).:]\s", re.IGNORECASE)


def needs_of(text: str) -> frozenset[Need]:
    """Return what a tier must be able to do to take this prompt at all."""
    low = text.lower()
    return frozenset(
        need for need, hints, pattern in _NEEDS if any(hint in low for hint in hints) and pattern.search(low)
    )


def multiple_choice(text: str) -> bool:
    """Return whether the prompt lists lettered options, as an examination does."""
    return _EXAM.search(text) is not None


def stakes_of(text: str, category: Category) -> Stakes:
    """Return whether being wrong is costly or irreversible.

    A topic alone is not enough: examinations ask about doses and contracts too. High needs someone
    concerned (``my``, ``we``), or a command that destroys.
    """
    low = text.lower()
    if category is not Category.WRITING and _hinted(low, _DANGER_HINTS) and _DANGER.search(text):
        return Stakes.HIGH
    if multiple_choice(text):
        return Stakes.LOW
    if _costly_topic(low):
        concerned = _URGENT.search(text) or (_PERSONAL.search(text) and category is not Category.CODING)
        writing = category is Category.WRITING
        return Stakes.HIGH if concerned and not writing else Stakes.MEDIUM
    return Stakes.MEDIUM if _hinted(low, _WORK_HINTS) and _WORK.search(text) else Stakes.LOW


def _hinted(low: str, hints: tuple[str, ...]) -> bool:
    return any(hint in low for hint in hints)


def _costly_topic(low: str) -> bool:
    words = set(_WORDS.findall(low))
    if not words.isdisjoint(_TOPIC_WORDS) or any(phrase in low for phrase in _TOPIC_PHRASES):
        return True
    return any(word.startswith(_TOPIC_STEMS) for word in words)


_WORDS = re.compile(r"\w+")
_LENGTH = re.compile(
    r"(\d{1,3}(?:[,.]\d{3})|\d{1,5})[- ]?(words?|wörter|mots|palabras|tokens?|characters?|字|文字|pages?|"
    r"seiten?|sentences?|sätze|"
    r"phrases|paragraphs?|lines?|bullet points?|bullets)",
    _I,
)
_TOKENS_PER = {
    "w": 1.4, "m": 1.4, "t": 1.0, "c": 0.3, "字": 1.2, "文": 1.2, "pag": 650.0,
    "sei": 650.0, "sen": 28.0, "sä": 28.0,
    "ph": 28.0, "pal": 1.5, "par": 120.0, "l": 14.0, "b": 30.0,
}  # fmt: skip
_LENGTH_ASKED = re.compile(
    r"\b(?:write|essay|in|about|under|max\w*|at most|up to|least|schreib\w*|écri\w*|escrib\w*)\b|写|書", _I
)
_TERSE = re.compile(
    r"\b(?:yes or no|one word|single word|one sentence|only the (?:answer|number|letter|name)|"
    r"just the (?:answer|number|letter|name)|"
    r"answer only|briefly|in short|tl;?dr|ja oder nein|ein wort|oui ou non|sí o no)\b",
    _I,
)
_AMPLE = re.compile(
    r"\b(?:in detail|detailed|comprehensive|step[- ]by[- ]step|thorough\w*|in[- ]depth|complete|full|"
    r"essay|report|article|"
    r"ausführlich|détaillé\w*|detallad\w*)\b",
    _I,
)
_TERSE_HINTS = (
    *_listed("word sentence only just briefly short dr wort non"),
    "yes or no",
    "ja oder nein",
    "o no",
)
_AMPLE_HINTS = _listed(
    "detail comprehensive step thorough depth complete full essay report article ausführlich détaill"
)
MAX_OUTPUT_TOKENS = 16_000


def length_of(text: str, base: float) -> int:
    """Return the expected output tokens: a length the person asked for, else ``base`` bent by hints."""
    asked = _LENGTH.search(text)
    if asked and _LENGTH_ASKED.search(text):
        number = float(re.sub(r"[,.]", "", asked[1]))
        unit = asked[2].lower()
        rate = next((rate for start, rate in _TOKENS_PER.items() if unit.startswith(start)), 0.0)
        if rate:
            return max(4, min(round(number * rate) + 20, MAX_OUTPUT_TOKENS))
    low = text.lower()
    if _hinted(low, _TERSE_HINTS) and _TERSE.search(text):
        base *= 0.3
    elif _hinted(low, _AMPLE_HINTS) and _AMPLE.search(text):
        base *= 1.5
    return max(4, min(round(base), MAX_OUTPUT_TOKENS))


_NUMBER_ASKED = re.compile(
    r"\b(?:how (?:many|much|long|far|old|tall)|what is the (?:value|sum|number|probability|total|"
    r"remainder|area|volume)|calculate|"
    r"compute|evaluate|solve|find|wie ?viele?|combien|cu[aá]nt[oa]s?|quant[oi])\b|多少|几个|いくつ|何",
    _I,
)
_COUNT_ASKED = re.compile(r"\bhow (?:many|much|long|far|old|tall)\b", _I)
_FINAL = re.compile(r"\\boxed|\bfinal answer\b|\"answer\":", re.IGNORECASE)
_FACT_ASKED = re.compile(
    r"^\s*(?:who|when|where|which|what (?:is|was|are|year|city|country)|wer|wann|wo|qui|quand|où|quién|"
    r"cuándo|dónde)\b",
    _I,
)
_OPEN = re.compile(
    r"\b(?:why|explain|discuss|describe|opinion|pros and cons|essay|ideas?|suggest\w*|brainstorm)\b", _I
)


def checkable(text: str, category: Category) -> float:
    """Return the chance in [0, 1] that two answers to this prompt can be compared for sameness.

    A letter or a number compares exactly; a short fact nearly so; prose does not, and on writing
    and chat nothing is promised. Set by hand; the share of comparable answers in recorded GSM8K
    and MATH runs (over 0.97) is the upper end.
    """
    if category in {Category.WRITING, Category.CHAT}:
        return 0.0
    if multiple_choice(text):
        return 0.95
    if _FINAL.search(text):
        return 0.9
    return 0.15 if _OPEN.search(text) else _closed(text, category)


def _closed(text: str, category: Category) -> float:
    if category is not Category.CODING and _COUNT_ASKED.search(text):
        return 0.85
    if category is Category.REASONING:
        return 0.9 if _NUMBER_ASKED.search(text) or "$" in text else 0.55
    if category is Category.KNOWLEDGE:
        return 0.7 if _FACT_ASKED.search(text) else 0.3
    return 0.3 if category is Category.CODING else 0.35
