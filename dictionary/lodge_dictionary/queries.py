"""Ready queries: each file in `examples/` is one, its first line the question it answers."""

from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class ExampleQuery:
    """One ready query; `tables` it reads are found by name on the pages."""

    name: str
    question: str
    sql: str


def example_queries() -> list[ExampleQuery]:
    """Every ready query, by name."""
    return [_read(path) for path in sorted(EXAMPLES.glob("*.sql"))]


def _read(path: Path) -> ExampleQuery:
    first, _, sql = path.read_text("utf-8").partition("\n")
    return ExampleQuery(path.stem, first.removeprefix("--").strip(), sql.strip())
