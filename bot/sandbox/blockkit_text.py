"""Check Block Kit's composition objects: texts, confirm dialogs, options."""

from typing import Any

from bot.sandbox import limits
from bot.sandbox.blockkit_report import Json, Report


def check_text(report: Report, text: Any, at: str, most: int, *, plain: bool = False) -> None:
    """A text object of 1..most characters; `plain` where mrkdwn is not allowed."""
    if text is None:
        report.add(at.rpartition("/")[0], f"missing required field: {at.rpartition('/')[2]}")
        return
    if not isinstance(text, dict):
        report.add(at, "must be an object")
        return
    kind = text.get("type")
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        report.add(f"{at}/type", "must be a valid enum value")
        return
    report.keys(text, at, {"type", "text", "emoji"} if kind == "plain_text" else {"type", "text", "verbatim"})
    report.string(text, "text", at, most)
    report.boolean(text, "emoji", at)
    report.boolean(text, "verbatim", at)


def check_confirm(report: Report, confirm: Any, at: str) -> None:
    if not isinstance(confirm, dict):
        report.add(at, "must be an object")
        return
    report.keys(confirm, at, {"title", "text", "confirm", "deny", "style"})
    check_text(report, confirm.get("title"), f"{at}/title", limits.CONFIRM_TITLE, plain=True)
    check_text(report, confirm.get("text"), f"{at}/text", limits.CONFIRM_TEXT)
    check_text(report, confirm.get("confirm"), f"{at}/confirm", limits.CONFIRM_BUTTON, plain=True)
    check_text(report, confirm.get("deny"), f"{at}/deny", limits.CONFIRM_BUTTON, plain=True)
    if confirm.get("style") not in (None, "primary", "danger"):
        report.add(f"{at}/style", "must be a valid enum value")


def check_option(report: Report, option: Any, at: str, *, plain: bool = True, url: bool = False) -> None:
    """`plain`: only plain text (selects); otherwise mrkdwn too (checkboxes, radio buttons)."""
    if not isinstance(option, dict):
        report.add(at, "must be an object")
        return
    report.keys(option, at, {"text", "value", "description", *(["url"] if url else [])})
    check_text(report, option.get("text"), f"{at}/text", limits.OPTION_TEXT, plain=plain)
    report.string(option, "value", at, limits.OPTION_VALUE)
    if option.get("description") is not None:
        check_text(report, option["description"], f"{at}/description", limits.OPTION_TEXT, plain=plain)
    if option.get("url") is not None:
        report.string(option, "url", at, limits.LINK_URL)


def check_options(
    report: Report, element: Json, at: str, most: int, *, plain: bool = True, url: bool = False
) -> list[Any]:
    """The element's own list of 1..most options."""
    options = report.items(element, "options", at, 1, most)
    for index, option in enumerate(options):
        check_option(report, option, f"{at}/options/{index}", plain=plain, url=url)
    return options


def check_select_options(report: Report, element: Json, at: str) -> list[Any]:
    """Options of a static select: a list, or groups of lists. All options together."""
    if (element.get("options") is None) == (element.get("option_groups") is None):
        report.add(at, "must define either `options` or `option_groups`")
        return []
    if element.get("options") is not None:
        return check_options(report, element, at, limits.SELECT_OPTIONS)
    options: list[Any] = []
    for index, group in enumerate(report.items(element, "option_groups", at, 1, limits.SELECT_OPTIONS)):
        here = f"{at}/option_groups/{index}"
        if not isinstance(group, dict):
            report.add(here, "must be an object")
            continue
        check_text(report, group.get("label"), f"{here}/label", limits.OPTION_TEXT, plain=True)
        options += check_options(report, group, here, limits.SELECT_OPTIONS)
    return options


def check_initial(report: Report, chosen: list[Any], options: list[Any], at: str) -> None:
    """What is chosen at first must be among the options, word for word."""
    known = [(_words(option), option.get("value")) for option in options if isinstance(option, dict)]
    for option in chosen:
        if not isinstance(option, dict) or (_words(option), option.get("value")) not in known:
            report.add(at, "must be one of the provided options")


def _words(option: Json) -> Any:
    text = option.get("text")
    return text.get("text") if isinstance(text, dict) else None
