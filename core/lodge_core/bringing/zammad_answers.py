"""Answers of a knowledge base in Zammad as articles: one for each translation that has a text."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lodge_core.bringing.things import Rejected, Thing
from lodge_platform.errors import RefusedError

_ANSWERS = "KnowledgeBaseAnswer"
_TRANSLATIONS = "KnowledgeBaseAnswerTranslation"
_CONTENTS = "KnowledgeBaseAnswerTranslationContent"
_CATEGORIES = "KnowledgeBaseCategoryTranslation"


def answers(bundle: Mapping[str, Any]) -> Iterator[Thing | Rejected]:
    """An article for each translation, in the folder of its category's name."""
    answers_by_id, contents = _map(bundle, _ANSWERS), _map(bundle, _CONTENTS)
    folders = {
        one.get("category_id"): str(one.get("title")) for one in _map(bundle, _CATEGORIES).values()
    }
    for key, translation in _map(bundle, _TRANSLATIONS).items():
        answer = answers_by_id.get(str(translation.get("answer_id")), {})
        content = contents.get(str(translation.get("content_id")), {})
        where = f"knowledge_base, translation {key}"
        if not content.get("body"):
            reason = "its text is not in the bundle: ask for its content as well"
            yield Rejected(where=where, reason=reason, given=translation, source_id=key)
            continue
        is_public = answer.get("published_at") and not answer.get("archived_at")
        yield Thing(
            kind="article",
            source_id=f"answer translation {key}",
            where=where,
            given=translation,
            values={"title": str(translation.get("title") or key), "html": content["body"]},
            folder=folders.get(answer.get("category_id")) or "Knowledge base",
            is_ended=bool(is_public),
        )


def _map(bundle: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    try:
        return msgspec.convert(bundle.get(name, {}), dict[str, dict[str, Any]])
    except msgspec.ValidationError as error:
        raise RefusedError(f"{name} in the knowledge base is no map of objects by id") from error
