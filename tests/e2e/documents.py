"""The project's documents as tests see them: code blocks, what is said of them, links, options.

An HTML comment says what a test does with the code block behind it, fenced or indented:

    <!-- run -->                                     a shell runs it, and each curl succeeds
    <!-- run, 1 refused -->                          as many of its curls are refused
    <!-- run in the background, until port N answers -->
    <!-- answers -->                                 what the last curl before it answered: these members
                                                     with these values, "..." for any, and perhaps others
    <!-- from PATH -->                               lines of that file, perhaps less indented

Any other comment is for people.
"""

import dataclasses
import pathlib
import re
import textwrap

from harness import ROOT

RUN = re.compile(r"run(?:, (\d+) refused)?$")
BACKGROUND = re.compile(r"run in the background, until port (\d+) answers$")
FROM = re.compile(r"from (\S+)$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)">')
OPTION = re.compile(r"`(--[a-z][a-z-]*)")


@dataclasses.dataclass
class Block:
    comment: str
    text: str
    line: int

    @property
    def run(self):
        return RUN.match(self.comment)

    @property
    def background(self):
        return BACKGROUND.match(self.comment)

    @property
    def source(self):
        return FROM.match(self.comment)

    @property
    def answers(self):
        return self.comment == "answers"


class Document:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    def __repr__(self):
        return str(self.path.relative_to(ROOT))

    def blocks(self):
        """The code blocks that a comment is in front of."""
        lines = self.text.splitlines()
        for at, line in enumerate(lines):
            found = re.match(r"<!-- (.+) -->$", line)
            if not found:
                continue
            begin = next(i for i in range(at + 1, len(lines)) if lines[i])
            if lines[begin].startswith("```"):
                end = next(i for i in range(begin + 1, len(lines)) if lines[i].startswith("```"))
                body = lines[begin + 1:end]
            elif lines[begin].startswith("    "):
                end = next((i for i in range(begin, len(lines))
                            if lines[i] and not lines[i].startswith("    ")), len(lines))
                body = lines[begin:end]
            else:
                continue
            text = textwrap.dedent("\n".join(body)).strip("\n")
            yield Block(found[1], text, begin + 1)

    def prose(self):
        """The text without its code blocks."""
        fenceless = re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)
        return "\n".join(line for line in fenceless.splitlines() if not line.startswith("    "))

    def links(self):
        return LINK.findall(self.prose())

    def anchors(self):
        """What "#..." can name: headings as they are written on the page, and marks of our own."""
        names = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)).strip().lower()
                 for title in HEADING.findall(self.text)]
        return {name.replace(" ", "-") for name in names} | set(ANCHOR.findall(self.text))

    def options(self):
        return set(OPTION.findall(self.prose()))


def documents():
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests" / "README.md",
             *sorted((ROOT / "docs").glob("*.md"))]
    return [Document(path) for path in files]


def has_members(real, told):
    """What is told is in what is real."""
    if told == "...":
        return True
    if isinstance(told, dict):
        return isinstance(real, dict) and all(name in real and has_members(real[name], value)
                                              for name, value in told.items())
    if isinstance(told, list):
        return isinstance(real, list) and len(real) == len(told) and all(map(has_members, real, told))
    return real == told


def contains_lines(text, excerpt):
    """The excerpt is a run of whole lines of the text, all indented by as much more."""
    lines, wanted = text.splitlines(), excerpt.splitlines()
    for at in range(len(lines) - len(wanted) + 1):
        indent = lines[at][:len(lines[at]) - len(lines[at].lstrip())]
        indented = [indent + line if line else "" for line in wanted]
        if lines[at:at + len(wanted)] == indented:
            return True
    return False


def target_of(document, link):
    """(file, anchor) of a link into the project; None for one that leads out of it."""
    if re.match(r"[a-z]+:", link):
        return None
    path, _, anchor = link.partition("#")
    return (document.path.parent / path).resolve() if path else document.path, anchor


def is_inside(path):
    return pathlib.Path(path).is_relative_to(ROOT)
