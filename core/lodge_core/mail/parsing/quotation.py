"""Where a quotation begins: the lines mail programs put above the mail they answer, by language.

Every test looks at a few lines of bounded length, so a text of any size takes linear time; the
libraries for this take minutes on hostile text."""

# ruff: noqa: RUF001 - the words are of many alphabets

import re
from collections.abc import Sequence

_LEADS = (
    r"on|le|am|op|il|el|em|w dniu|dnia|den|dne|på|pe|kl|v|в|a|ngày|pada|tarihinde|dana|la|po"
    r"|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_VERBS = (
    r"wrote|writes|a écrit|schrieb|escribió|escreveu|ha scritto|schreef|napisał\(a\)|napisała?"
    r"|skrev|kirjoitti|написала?|написал\(а\)|пишет|писала?|napsala?|napsal\(a\)|írta|yazdı"
    r"|scrie|a scris|đã viết|menulis|έγραψε|написав|написа|je napisa[ol]a?"
)
_LEAD = re.compile(rf"^[ \t*]*(?:(?:{_LEADS})\b|\d)", re.IGNORECASE)
_VERB = re.compile(rf"(?:^|[\s>,])(?:{_VERBS})(?=[\s:,]|$)", re.IGNORECASE)
_WRITTEN = re.compile(rf"(?:\s|^)(?:{_VERBS})\s*:?$", re.IGNORECASE)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_ADDRESS = re.compile(r"[^\s<>@]{1,100}@[^\s<>@]{1,200}")
_SEPARATOR = re.compile(r"^[ \t>*]*(?:_{5,}|-{5,}|={4,}|\*{5,})[ \t]*$")
_NAMED_SEPARATOR = re.compile(
    r"^[ \t*]*(?:[-_=*]{2,}|begin)[ \t]{0,4}"
    r"(?:original message|forwarded message|reply message|ursprüngliche nachricht"
    r"|weitergeleitete nachricht|message d.origine|message transféré|message original"
    r"|messaggio originale|messaggio inoltrato|mensaje original|mensaje reenviado"
    r"|mensagem original|mensagem encaminhada|oorspronkelijk bericht|doorgestuurd bericht"
    r"|oprindelig (?:besked|meddelelse)|opprinnelig melding|ursprungligt meddelande"
    r"|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość"
    r"|původní zpráva|исходное сообщение|пересылаемое сообщение|originalnachricht"
    r"|原始邮件|原始郵件|original meddelelse)",
    re.IGNORECASE,
)
_FORWARD_START = re.compile(r"^[ \t*]*begin forwarded message:?[ \t*]*$", re.IGNORECASE)
_COLONS = ":\uff1a"
_FIELDS = tuple(
    re.compile(rf"^[ \t>*]*(?:{names})[ \t]?[*]?[ \t]?[{_COLONS}]", re.IGNORECASE)
    for names in (
        r"from|von|de|da|van|fra|från|od|от|lähettäjä|kimden|feladó|expéditeur|message du"
        r"|发件人|寄件者|差出人|보낸 ?사람",
        r"sent|date|gesendet|datum|envoyé(?: le)?|inviato|data|enviad[oa](?: el| em)?|fecha"
        r"|verzonden|sendt|dato|skickat|wysłano|дата|отправлено|lähetetty|päivämäärä|odesláno"
        r"|发送时间|日期|日付|送信日時|tarih|elküldve|date d.envoi",
        r"to|an|à|a|aan|til|till|do|para|кому|vastaanottaja|komu|kime|címzett|pour|收件人|宛先"
        r"|destinataire|copie à|cc",
        r"subject|betreff|objet|sujet|oggetto|onderwerp|emne|ämne|temat|asunto|assunto|тема"
        r"|aihe|předmět|konu|tárgy|主题|主旨|件名",
    )
)
_SEPARATOR_STARTS = frozenset("-_=*bB")
_MOST_LINE = 1_000
_MOST_JOINED = 4


def quotation_height(lines: Sequence[str], index: int) -> int:
    """How many lines from `index` introduce a quotation: 0 if the line there begins none."""
    line = lines[index][:_MOST_LINE]
    if not line.strip() or line.lstrip().startswith(">"):
        return 0
    if line.lstrip()[:1] in _SEPARATOR_STARTS and (
        _NAMED_SEPARATOR.match(line) or _FORWARD_START.match(line)
    ):
        return 1
    if _is_field_block(lines, index):
        return 1
    if _SEPARATOR.match(line):
        following = _next_filled(lines, index + 1)
        return 1 if following is not None and _is_field_block(lines, following) else 0
    return _attribution_height(lines, index)


def _attribution_height(lines: Sequence[str], index: int) -> int:
    first = lines[index][:_MOST_LINE].strip()
    is_written = first.endswith(":") and len(first) < 200 and _WRITTEN.search(first)
    if is_written and _is_quoted(lines, index + 1):
        return 1
    if not _LEAD.match(first):
        return 0
    joined = ""
    for height in range(1, _MOST_JOINED + 1):
        if index + height > len(lines):
            break
        piece = lines[index + height - 1][:_MOST_LINE].strip()
        if not piece or (height > 1 and piece.startswith(">")):
            break
        joined = f"{joined} {piece}".strip()
        if _is_attribution(joined):
            return height
        if not _DATE.search(joined):
            break
    return 0


def _is_attribution(text: str) -> bool:
    if not _DATE.search(text):
        return False
    if _WRITTEN.search(text):
        return True
    return text.endswith(":") and bool(
        _VERB.search(text) or (_ADDRESS.search(text) and text.rstrip(": ").endswith((">", "]")))
    )


def _is_field_block(lines: Sequence[str], index: int) -> bool:
    start = lines[index][:100]
    is_field = any(colon in start for colon in _COLONS)
    if not is_field or not (_FIELDS[0].match(start) or _FIELDS[1].match(start)):
        return False
    kinds: set[int] = set()
    for line in lines[index : index + 8]:
        if not line.strip() and kinds:
            break
        kinds.update(kind for kind, field in enumerate(_FIELDS) if field.match(line[:100]))
    return len(kinds) >= 3 or (len(kinds) == 2 and 0 in kinds and 1 in kinds)


def _is_quoted(lines: Sequence[str], index: int) -> bool:
    following = _next_filled(lines, index)
    return following is not None and lines[following].lstrip().startswith(">")


def _next_filled(lines: Sequence[str], index: int) -> int | None:
    return next((at for at in range(index, min(index + 4, len(lines))) if lines[at].strip()), None)
