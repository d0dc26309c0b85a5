"""Whether a mail comes from a person: headers first (RFC 3834, RFC 2919, common practice), with
the header that says so as evidence. A judgement, never a reason to drop a mail."""

import re
from collections.abc import Mapping

from lodge_core.mail.parsing.bounces import bounce_from_text, read_report
from lodge_core.mail.parsing.message import Address, Automatic, AutomaticKind, Bounce
from lodge_core.mail.parsing.part import Part
from lodge_core.mail.parsing.problems import Problems

_BOUNCE_SENDER = re.compile(r"^(?:mailer-?daemon|postmaster|mail-?daemon|bounces?)$", re.IGNORECASE)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|delivery (?:status notification|failure|failed|report|problem)"
    r"|(?:failure|delivery|returned) notice|returned mail|mail delivery (?:failed|failure|system)"
    r"|message (?:not delivered|undeliverable)|unzustellbar|non remis|olevererbart"
    r"|no se puede entregar|non recapitabile|niet bezorgd",
    re.IGNORECASE,
)
_BOUNCE_TEXT = re.compile(
    r"automatically generated delivery status|could not be delivered|wasn't able to deliver"
    r"|failed permanently|delivery (?:to|of|has) .{0,120}fail|undeliverable|failed to deliver"
    r"|did not reach|this is the (?:mail system|qmail|postfix)",
    re.IGNORECASE | re.DOTALL,
)
_AUTO_SUBJECT = re.compile(
    r"^\s*(?:re: *)?(?:auto(?:mat(?:ic|ed|ische|isk|isch|iska|yczna))?[ :-]*(?:reply|response"
    r"|answer|antwort|antwoord|svar|respons|odpowiedź)\b"
    r"|out of (?:the )?office(?:\s*$|\s*[:\u2013-]|\s+(?:auto|reply|message|until|notification))"
    r"|abwesenheits(?:notiz|meldung|nachricht)|abwesend(?: bis|:)|autoreply"
    r"|r[ée]ponse automatique|message d.absence|respuesta autom[áa]tica|risposta automatica"
    r"|resposta autom[áa]tica|автоответ|自动回复|自動回覆|vacation (?:reply|response|message))",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"confirm (?:that you are|your) (?:human|e-?mail to)|challenge[ -]response|"
    r"please confirm your message|sender verification|boxbe|spamarrest|uol.*antispam",
    re.IGNORECASE,
)
_READ_RECEIPT = "disposition-notification"


def judge_automatic(
    root: Part,
    headers: Mapping[str, list[str]],
    *,
    sender: Address | None,
    subject: str,
    text: str,
    problems: Problems,
) -> tuple[Automatic, Bounce | None]:
    """The kind of a mail, and the bounce if it is one; `headers` by lower-case name, decoded."""
    report = read_report(root, text, problems)
    if report is not None and report.action in {"delivered", "relayed", "expanded"}:
        evidence = f"Action: {report.action}"
        return Automatic(AutomaticKind.AUTO_REPLY, "delivery_receipt", evidence), None
    if report is not None:
        evidence = "Content-Type: message/delivery-status"
        return Automatic(AutomaticKind.BOUNCE, "delivery_report", evidence), report
    receipt = _receipt(root)
    if receipt is not None:
        return receipt, None
    evidence = _bounce_evidence(headers, sender, subject, text)
    if evidence is not None:
        failed = _first(headers, "x-failed-recipients").split(",")[0].strip()
        failed = failed or _first(headers, "final-recipient").split(";")[-1].strip()
        bounce = bounce_from_text(text, failed or None, problems)
        return Automatic(AutomaticKind.BOUNCE, "bounce_words", evidence), bounce
    return _other(headers, subject), None


def _receipt(root: Part) -> Automatic | None:
    kind = root.parameters.get("report-type", "").lower()
    if root.content_type == "multipart/report" and kind == _READ_RECEIPT:
        evidence = f"Content-Type: multipart/report; report-type={_READ_RECEIPT}"
        return Automatic(AutomaticKind.AUTO_REPLY, "read_receipt", evidence)
    return None


def _bounce_evidence(
    headers: Mapping[str, list[str]], sender: Address | None, subject: str, text: str
) -> str | None:
    if "x-failed-recipients" in headers:
        return f"X-Failed-Recipients: {_first(headers, 'x-failed-recipients')[:200]}"
    local_part = sender.address.partition("@")[0] if sender else ""
    if (
        sender is not None
        and _BOUNCE_SENDER.match(local_part)
        and (_BOUNCE_SUBJECT.search(subject) or _BOUNCE_TEXT.search(text[:4000]))
    ):
        return f"From: {sender.address}"
    if _has_empty_return_path(headers) and _BOUNCE_SUBJECT.search(subject):
        return "Return-Path: <>"
    return None


def _other(headers: Mapping[str, list[str]], subject: str) -> Automatic:
    submitted = _first(headers, "auto-submitted").lower().strip()
    precedence = _first(headers, "precedence").lower().strip()
    if _CHALLENGE.search(subject) or "x-boxbe-challenge" in headers:
        return Automatic(AutomaticKind.CHALLENGE, "challenge_words", f"Subject: {subject[:200]}")
    if submitted.startswith("auto-replied"):
        return _automatic(AutomaticKind.AUTO_REPLY, "auto_submitted", "Auto-Submitted", submitted)
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponder", "X-Vacation"):
        value = _first(headers, name.lower())
        if value and value.lower() not in {"no", "false", "0"}:
            return _automatic(AutomaticKind.AUTO_REPLY, "auto_reply_header", name, value)
    if precedence == "auto_reply":
        return _automatic(AutomaticKind.AUTO_REPLY, "precedence", "Precedence", precedence)
    if _AUTO_SUBJECT.match(subject):
        return _automatic(AutomaticKind.AUTO_REPLY, "subject_words", "Subject", subject)
    for name in ("List-Id", "List-Post", "Mailing-List", "X-Mailing-List", "List-Subscribe"):
        if name.lower() in headers:
            value = _first(headers, name.lower())
            return _automatic(AutomaticKind.LIST, "list_header", name, value)
    if precedence in {"list", "bulk", "junk"}:
        kind = AutomaticKind.LIST if precedence == "list" else AutomaticKind.BULK
        return _automatic(kind, "precedence", "Precedence", precedence)
    for name in ("List-Unsubscribe", "Feedback-ID", "X-Campaign", "X-CampaignID"):
        if name.lower() in headers:
            value = _first(headers, name.lower())
            return _automatic(AutomaticKind.BULK, "bulk_header", name, value)
    if submitted and submitted != "no":
        return _automatic(AutomaticKind.BULK, "auto_submitted", "Auto-Submitted", submitted)
    if _has_empty_return_path(headers):
        return _automatic(AutomaticKind.AUTO_REPLY, "empty_return_path", "Return-Path", "<>")
    if "x-auto-response-suppress" in headers:
        value = _first(headers, "x-auto-response-suppress")
        return _automatic(AutomaticKind.BULK, "suppress", "X-Auto-Response-Suppress", value)
    return Automatic()


def _automatic(kind: AutomaticKind, reason: str, name: str, value: str) -> Automatic:
    return Automatic(kind, reason, f"{name}: {value.strip()[:200]}")


def _first(headers: Mapping[str, list[str]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _has_empty_return_path(headers: Mapping[str, list[str]]) -> bool:
    return "return-path" in headers and _first(headers, "return-path").strip() in {"<>", "< >"}
