"""Who works on the product, and what each of them is to the team."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Name as written in commits, and a short ASCII name for mail, branches and decisions."""

    name: str
    short: str
    zone: str
    """Offset from UTC as git writes it."""
    roles: tuple[str, ...]
    """As `cockpit.toml` names them."""

    @property
    def mail(self) -> str:
        """A mail address that reaches nobody."""
        return f"{self.short}@example.org"


PEOPLE = (
    Person("Maria Oliveira", "maria", "+0000", ("administrator", "release owner")),
    Person("Jón Þórsson", "jon", "+0000", ("engineer", "on duty")),
    Person("Łukasz Wójcik", "lukasz", "+0100", ("lead", "engineer", "on duty")),
    Person("Ngozi Adeyemi", "ngozi", "+0100", ("lead", "engineer", "on duty")),
    Person("佐藤 美咲", "misaki", "+0900", ("stakeholder",)),
    Person("Дарья Ковалёва", "darya", "+0200", ("lead", "engineer")),
    Person("ليلى حداد", "layla", "+0200", ("security",)),
    Person("Ελένη Παππά", "eleni", "+0200", ("operator", "engineer")),
    Person("Zoë Müller-O'Neill", "zoe", "+0100", ("lead", "stakeholder")),
    Person("Sam Reyes", "sam", "-0500", ("lead", "operator")),
)

ON_DUTY = PEOPLE[1]
"""The disturbed engineer of the demo."""

ROTA = ("jon", "ngozi", "lukasz")
"""Who is on duty, train by train; the first of them now."""

USER = Person(
    "Robin Vega",
    "robin",
    "+0000",
    ("administrator", "stakeholder", "lead", "engineer", "on duty", "release owner", "security", "operator"),
)
"""Who sits at the demo, by the settings of git there: may do everything."""


def with_role(role: str) -> tuple[str, ...]:
    """Return the short names of the colleagues who have this role."""
    return tuple(person.short for person in PEOPLE if role in person.roles)
