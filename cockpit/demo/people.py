"""Who works on the product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Name as written in commits, and a short ASCII name for mail and branches."""

    name: str
    short: str
    zone: str
    """Offset from UTC as git writes it."""

    @property
    def mail(self) -> str:
        """A mail address that reaches nobody."""
        return f"{self.short}@example.org"


PEOPLE = (
    Person("Maria Oliveira", "maria", "+0000"),
    Person("Jón Þórsson", "jon", "+0000"),
    Person("Łukasz Wójcik", "lukasz", "+0100"),
    Person("Ngozi Adeyemi", "ngozi", "+0100"),
    Person("佐藤 美咲", "misaki", "+0900"),
    Person("Дарья Ковалёва", "darya", "+0200"),
    Person("ليلى حداد", "layla", "+0200"),
    Person("Ελένη Παππά", "eleni", "+0200"),
    Person("Zoë Müller-O'Neill", "zoe", "+0100"),
    Person("Sam Reyes", "sam", "-0500"),
)

ON_DUTY = PEOPLE[1]
"""The disturbed engineer of the demo."""
