"""Read YAML that people write, strictly, and remember on which line everything stands.

Anchors and aliases are refused (a small file can grow without end), and so are repeated keys, of which one would
silently be lost.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

#: No file of ours nests nearly as deep.
DEEPEST = 20


class YamlError(Exception):
    """The text cannot be used. `problems` are lines of words, in the order of the file."""

    def __init__(self, problems: Iterable[tuple[int, str]]) -> None:
        self.problems = [f"line {line + 1}: {said}" for line, said in sorted(problems)]
        super().__init__("\n".join(self.problems))


def parse(text: str) -> tuple[yaml.Node, Any]:
    """Return the document as nodes, for their lines, and as plain data. Raises YamlError where it cannot be read.

    Of repeated keys the data holds the last: ask `repeated` too.
    """
    if bad := re.search(r"[^\n\r\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        line = text.count("\n", 0, bad.start())
        raise YamlError([(line, f"the character {bad[0]!r} is not allowed in YAML")])
    loader = yaml.SafeLoader(text)
    try:
        problems = list(_forbidden(text))
        root = None if problems else loader.get_single_node()
        if root is None:
            raise YamlError(problems or [(0, "the file is empty")])
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise YamlError(
            [(error.problem_mark.line if error.problem_mark else 0, f"this is not YAML: {error.problem}")]
        ) from None
    except ValueError as error:  # a number or date that cannot be
        raise YamlError([(0, f"a value is not what it looks like ({error}); put text in quotes")]) from None
    finally:
        loader.dispose()


def _forbidden(text: str) -> Iterator[tuple[int, str]]:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield line, "anchors and aliases (& and *) are not allowed"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:  # nothing reads further, since reading on grows ever slower
            yield line, "lists and sections are nested too deeply"
            return


def repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """The keys that are said twice in one place, each with the line of the later one."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key.start_mark.line, f"{key.value} is said twice"
            seen.add(str(key.value))
            yield from repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from repeated(item)


def line_of(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """The line of what `path` leads to, or of the last thing on the way that is there."""
    line = node.start_mark.line
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    node, line = value, key.start_mark.line
    return line
