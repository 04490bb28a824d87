"""Write the parts of README, .env.example and manifest.yml that follow from the code: `make docs`.

tests/test_docs.py imports this and fails when a file is not what the code says.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import handlers
from bot import diagram
from bot.kit.declare import collect
from bot.release.policy import BUILT_IN, Role
from bot.release.states import GIVEN
from bot.settings import documented_variables
from bot.slack import manifest

ROOT = Path(__file__).parent.parent


def commands() -> str:
    """The command table, in the order of help."""
    catalogue = collect(handlers)
    lines = ["| command | what it does | who may |", "|---|---|---|"]
    for known in catalogue.commands:
        also = f" (also {', '.join(f'`{alias}`' for alias in known.aliases)})" if known.aliases else ""
        usage = f"`{catalogue.command} {known.usage}`"
        lines.append(" ".join(("|", _cell(usage), "|", _cell(known.summary) + also, "|", _cell(known.who), "|")))
    return "\n".join(lines)


def states() -> str:
    return f"```mermaid\n{diagram.mermaid()}\n```\n\n{diagram.in_words()}"


def rights() -> str:
    """Who may do what under the built-in policies."""
    lines = [f"| verb | {' | '.join(BUILT_IN)} |", f"|---|{'---|' * len(BUILT_IN)}"]
    lines.append(f"| (plan one) | {' | '.join(_who(policy.create) for policy in BUILT_IN.values())} |")
    for move in GIVEN:
        lines.append(f"| `{move}` | {' | '.join(_who(one.who_may(move)) for one in BUILT_IN.values())} |")
    return "\n".join(lines)


def _who(roles: Iterable[Role]) -> str:
    asked = frozenset(roles)
    return ", ".join(role for role in Role if role in asked)


def configuration() -> str:
    lines = ["| variable | default | meaning | example |", "|---|---|---|---|"]
    for one in documented_variables():
        default = f"`{one.default}`" if one.default not in (None, "", ()) and not one.required else ""
        needed = "**required**" if one.required else default
        lines.append(f"| `{one.name}` | {needed} | {_cell(one.description)} | `{one.example}` |")
    return "\n".join(lines)


def dotenv_example() -> str:
    """Every variable with its meaning; only what has to be set is not commented out."""
    blocks = ["# Configuration of T-Minus: copy to .env and fill in. Generated from bot/settings.py by `make docs`."]
    for one in documented_variables():
        meaning = one.description.replace("`", "").replace("*", "")
        set_it = one.required or one.name == "SLACK_APP_TOKEN"
        blocks.append(f"# {meaning}\n{'' if set_it else '# '}{one.name}={one.example}")
    return "\n\n".join(blocks) + "\n"


def scopes() -> str:
    lines = ["| scope | why |", "|---|---|"]
    lines += [f"| `{scope}` | {why} |" for scope, why in sorted(manifest.BOT_SCOPES.items())]
    lines += [f"| `{scope}` (optional) | {why} |" for scope, why in sorted(manifest.OPTIONAL_BOT_SCOPES.items())]
    return "\n".join(lines)


SECTIONS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "README.md": {"commands": commands, "states": states, "configuration": configuration},
    "docs/policies.md": {"rights": rights},
    "docs/security.md": {"scopes": scopes},
    "docs/states.md": {"table": diagram.table},
}


def with_sections(page: str, sections: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with each generated section as the code says it is. Raises ValueError when one is absent."""
    for name, written in sections.items():
        pattern = re.compile(rf"(<!-- generated:{name} -->\n).*?(<!-- /generated:{name} -->)", re.DOTALL)
        if not pattern.search(page):
            raise ValueError(f"there is no section between <!-- generated:{name} --> and its end")
        page = pattern.sub(lambda found, text=written(): f"{found[1]}{text}\n{found[2]}", page)
    return page


def files() -> dict[Path, str]:
    """Return every generated file with its whole content."""
    return {
        **{ROOT / page: with_sections((ROOT / page).read_text(), parts) for page, parts in SECTIONS.items()},
        ROOT / ".env.example": dotenv_example(),
        ROOT / "manifest.yml": manifest.dump(manifest.build()),
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    for path, content in files().items():
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
            sys.stdout.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
