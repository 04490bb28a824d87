"""Turn what a person types into what Slack sends: names become ids, control characters are escaped."""

import re

from bot.sandbox.workspace import Workspace

_URL = re.compile(r"https?://[^\s<>|]+")
#: Somebody, or a user group, picked from the list that opens at @, where no name tells them apart.
_PICKED = re.compile(r"<@([UW][A-Z0-9]+)>|<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")


def message_text(workspace: Workspace, typed: str) -> str:
    """The text of a message: `@T-Minus why` becomes `<@U…> why`."""
    return _encode(workspace, typed, labelled=False)


def command_text(workspace: Workspace, typed: str, *, should_escape: bool) -> str:
    """The text of a command: `<@U…|ana>` and `<#C…|payments>` if the manifest wants it, else as typed.

    What stands behind the bar is the person's handle, which need not be the name that they are shown by.
    """
    return _encode(workspace, typed, labelled=True) if should_escape else typed


def _encode(workspace: Workspace, typed: str, *, labelled: bool) -> str:
    names = _names(workspace, labelled=labelled)
    # Longest first, so that "@Ana Kowalska" is not read as "@Ana".
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"({_URL.pattern})|(?<![\w@#])({known})(?![\w-])|({_PICKED.pattern})", re.IGNORECASE)
    out: list[str] = []
    end = 0
    for match in pattern.finditer(typed):
        out.append(_escape(typed[end : match.start()]))
        if match[3]:
            out.append(_picked(workspace, match[4] or match[5], labelled=labelled))
        else:
            out.append(f"<{_escape(match[1])}>" if match[1] else names[match[2].casefold()])
        end = match.end()
    out.append(_escape(typed[end:]))
    return "".join(out)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _picked(workspace: Workspace, id: str, *, labelled: bool) -> str:
    if id in workspace.groups:
        return f"<!subteam^{id}|@{workspace.groups[id].handle}>"
    return f"<@{id}|{workspace.users[id].name}>" if labelled and id in workspace.users else f"<@{id}>"


def _names(workspace: Workspace, *, labelled: bool) -> dict[str, str]:
    """`@name` and `#name`, in lower case -> what Slack sends for it."""
    names = {f"@{word}": f"<!{word}>" for word in ("here", "channel", "everyone")}
    for user in workspace.users.values():
        sent = f"<@{user.id}|{user.name}>" if labelled else f"<@{user.id}>"
        for name in (user.real_name, user.shown_name, user.name):
            names.setdefault(f"@{name}".casefold(), sent)
    for group in workspace.groups.values():
        names.setdefault(f"@{group.handle}".casefold(), f"<!subteam^{group.id}|@{group.handle}>")
    for channel in workspace.channels.values():
        if channel.kind == "public":
            names[f"#{channel.name}".casefold()] = f"<#{channel.id}|{channel.name}>"
        elif channel.kind == "private":
            # A private channel's name is told to nobody.
            names[f"#{channel.name}".casefold()] = f"<#{channel.id}|>"
    return names
