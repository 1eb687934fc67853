"""What was typed, as words to look for: split, with the causes and charges whose names have them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from app.cases.parties import mask_id_number
from app.database.sealed import Seal
from app.identifiers import IdentifierError, parse_id_number
from app.law.statutes import law

_CHARACTERS = 30  # on either side of the word, in an excerpt


def split(typed: str) -> list[str]:
    """The words, each once; what has neither letter, digit nor character is none."""
    words = unicodedata.normalize("NFKC", typed).split()
    return list(dict.fromkeys(word for word in words if any(one.isalnum() for one in word)))


def asked(typed: str, seal: Seal) -> list[dict[str, Any]]:
    """The words as the SQL function search_ids takes them. An ID number is known by its blind index alone."""
    return [_word(word, seal) for word in split(typed)]


def _word(word: str, seal: Seal) -> dict[str, Any]:
    number = _id_number(word)
    if number is not None:
        return {"text": "", "id_number_index": seal.index(number).hex()}
    long = len(word) > 1
    return {
        "text": word,
        "causes": [one.id for one in law().causes.values() if word in one.name] if long else [],
        "charges": [id_ for id_, one in law().charges.items() if word in one.name or word == id_]
        if long
        else [],
    }


def has_id_number(typed: str) -> bool:
    """Whether an ID number is among the words."""
    return any(_id_number(word) for word in split(typed))


def masked(typed: str) -> str:
    """The words as the audit trail may keep them: ID numbers masked."""
    numbers = ((word, _id_number(word)) for word in split(typed))
    return " ".join(mask_id_number(number) if number else word for word, number in numbers)


def _id_number(word: str) -> str | None:
    try:
        return str(parse_id_number(word))
    except IdentifierError:
        return None


def excerpt(text: str | None, words: Iterable[str]) -> str | None:
    """The part of a text round the first of the words that is in it; None where none is."""
    folded = (text or "").lower()
    places = [(place, word) for word in words if (place := folded.find(word.lower())) >= 0]
    if text is None or not places:
        return None
    place, word = min(places)
    start, end = max(0, place - _CHARACTERS), place + len(word) + _CHARACTERS
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words."""
    if not words:
        return [(text, False)]
    any_word = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pieces = re.split(f"({any_word})", text, flags=re.IGNORECASE)
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]
