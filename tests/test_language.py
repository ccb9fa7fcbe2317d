"""The language of the project: no coined words, imperative docstrings, names that are verbs or nouns.

`coined_words.txt` lists the words with the standard terms.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXEMPT = (
    "CHANGELOG.md",
    "docs/glossary.md",
    "static/vendor/",
    "tests/coined_words.txt",
    "tests/support/axe/",
    "tests/test_language.py",
)
BINARY_SUFFIXES = {".png", ".ico", ".svg", ".csv", ".jpg"}
NOT_PRODUCT = ("tests/", "bench/")

# The verbs with which the docstring of a public function may begin, in their base form.
_VERB_LINES = """
    Accept Add Advance Allocate Apply Appoint Approve Ask Assign Attach Authorize Bind Block Bootstrap
    Build Cache Calculate Call Cancel Change Charge Check Claim Close Commit Compare Complete Compute
    Configure Connect Consume Convert Correct Count Create Credit Decide Decline Decode Decorate Deduct
    Delete Deliver Describe Disable Divide Drop Echo Enable Encode Encrypt End Enqueue Erase Escape Evaluate Exchange
    Execute Expire Extend Fetch Fill Find Finish Follow Format Freeze Give Grant Hide Hold Import Initialize
    Insert Issue Keep Let Limit List Lock Make Mark Mask Merge Migrate Move Normalize Offer Open Parse
    Pass Pause Pay Place Post Print Process Publish Push Query Queue Raise Re-encrypt Read Receive
    Record Redeem Redirect Refund Register Reject Release Remove Render Reopen Replace Report Request Reserve
    Respond Restore Resume Return Reverse Revoke Roll Run Save Scan Seed Select Send Set Settle Show
    Sign Sleep Spend Split Stop Store Submit Sum Take Top Unbind Undo Unfreeze Unpublish Upgrade Use
    Validate Verify Void Wait Write Yield
"""
VERBS = _VERB_LINES.split()
INFLECTIONS = ("s", "ed", "ing")
UNINFLECTED = {"Pass", "Process", "Seed"}  # base forms that end like an inflected one

_PREPOSITION_LINES = """
    about above after among around as at before behind below beside between beyond by during for from in inside into
    near of off on onto out over past per since through to toward towards under until up upon with within without
"""
PREPOSITIONS = _PREPOSITION_LINES.split()
# Good names all the same, with the reason.
ALLOWED_NAMES = {
    "cached": "a decorator reads as an adjective: `@cache.cached(ttl_s=2)`",
    "up": "the step of a migration, as migration tools call it",
    "warning": "a noun: the diagnosis of this level",
}


@cache
def coined_words() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Read the patterns with their standard terms."""
    lines = (ROOT / "tests" / "coined_words.txt").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple((_compile(pattern), term) for pattern, term in rows)


def _compile(pattern: str) -> re.Pattern[str]:
    spaced = pattern.replace("_", r"[\s_-]+")
    return re.compile(rf"(?:{spaced})(?![a-z])")


def find_coined_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, word and standard term of every coined word.

    The letter before is checked here, because a look-behind makes the search more than ten times slower.
    """
    text = text.lower()
    for pattern, term in coined_words():
        for match in pattern.finditer(text):
            if not "a" <= text[match.start() - 1 : match.start()] <= "z":
                yield text.count("\n", 0, match.start()) + 1, match[0], term


@cache
def tracked_files() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(name for name in listed.splitlines() if (ROOT / name).exists())


def text_files() -> list[str]:
    return [
        name
        for name in tracked_files()
        if not name.startswith(EXEMPT) and Path(name).suffix not in BINARY_SUFFIXES
    ]


def product_modules() -> list[str]:
    return [name for name in tracked_files() if name.endswith(".py") and not name.startswith(NOT_PRODUCT)]


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the public functions of a module and methods of its public classes, without properties."""
    bodies = [tree.body, *(node.body for node in tree.body if _is_public(node, ast.ClassDef))]
    for body in bodies:
        for node in body:
            if _is_public(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_property(node):
                yield node


def _is_public(node: ast.AST, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(node, kinds) and not node.name.startswith("_")


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(name.endswith(("property", ".setter")) for name in decorators)


def find_docstring_faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and fault of every docstring of a public function."""
    for function in public_functions(ast.parse(source)):
        first_line, *others = (ast.get_docstring(function) or "").splitlines() or [""]
        if not first_line:
            continue
        if first_line.split()[0].rstrip(".,:") not in VERBS:
            yield function.lineno, f"{function.name}: begin with an imperative verb (VERBS): {first_line!r}"
        if ";" in first_line:
            yield function.lineno, f"{function.name}: no semicolon in the first line: {first_line!r}"
        if others and others[0]:
            yield function.lineno, f"{function.name}: end the first sentence on its line: {first_line!r}"


def find_name_faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and name of every public function named with a bare participle or preposition."""
    for function in public_functions(ast.parse(source)):
        name = function.name
        is_bare = name in PREPOSITIONS or ("_" not in name and name.endswith(("ed", "ing")))
        if is_bare and name not in ALLOWED_NAMES:
            yield function.lineno, name


def test_no_coined_word_is_used() -> None:
    found = [
        f"{name}:{line}: {word!r}, write: {term}"
        for name in text_files()
        for line, word, term in find_coined_words((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


def test_a_coined_word_would_be_found() -> None:
    assert [word for _, word, _ in find_coined_words("def told():\n    the_house = 1\n")] == ["house", "told"]


def test_docstrings_begin_with_an_imperative_verb() -> None:
    found = [
        f"{name}:{line}: {fault}"
        for name in product_modules()
        for line, fault in find_docstring_faults((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


def test_the_verbs_are_sorted_base_forms() -> None:
    assert sorted(set(VERBS)) == VERBS
    assert [verb for verb in VERBS if verb.endswith(INFLECTIONS) and verb not in UNINFLECTED] == []


def test_a_docstring_without_a_verb_would_be_found() -> None:
    source = '''
def get_name():
    """The name."""

class Shop:
    def close(self):
        """Closes the shop; it stays closed."""

    @property
    def name(self):
        """The name."""

    def open(self):
        """Open the shop."""

    def _lock(self):
        """The lock."""
'''
    assert [line for line, _ in find_docstring_faults(source)] == [2, 6, 6]


def test_function_names_are_no_bare_participles_or_prepositions() -> None:
    found = [
        f"{name}:{line}: {function}"
        for name in product_modules()
        for line, function in find_name_faults((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


def test_a_bare_participle_or_preposition_would_be_found() -> None:
    source = "def of(): ...\ndef told(): ...\ndef listed(): ...\ndef ending(): ...\ndef list_ending(): ...\n"
    assert [name for _, name in find_name_faults(source)] == ["of", "listed", "ending"]
