"""`dataclass(frozen=True, slots=True)`, made in a tenth of the time: a screen makes sixty of them before it paints.

The standard one writes and compiles six methods for each class. Here only `__init__` is, and only once it is needed.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Return the decorator of a frozen, slotted dataclass; there is no other kind."""
        del frozen, slots  # what the type checker reads
        return _record


Kind = TypeVar("Kind", bound=type)

_MADE_FRESH = object()
"""Default of an argument whose value a factory makes."""


def _record(plain: Kind) -> Kind:
    cls: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(plain)
    names = tuple(field.name for field in dataclasses.fields(cls))
    cls.__init__ = _init_of(cls)
    cls._values = _values_of(names)
    cls.__setattr__ = cls.__delattr__ = _refuse
    cls.__eq__, cls.__hash__, cls.__repr__ = _equal, _hash, _repr
    cls.__getstate__, cls.__setstate__ = _values_in, _take_values
    return cls  # type: ignore[no-any-return]


def _values_of(names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a property of whatever the fields hold
    get = attrgetter(*names) if len(names) > 1 else lambda one: tuple(getattr(one, name) for name in names)
    return property(get)


def _init_of(cls: Any) -> Callable[..., None]:  # noqa: ANN401
    """Compiled for the first record of its kind: of many kinds none is made before the first picture."""

    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807
        cls.__init__ = _compiled_init(cls)
        cls.__init__(self, *values, **named)

    return __init__


def _compiled_init(cls: type) -> Callable[..., None]:
    """Each value goes through the slot's own setter, as `__setattr__` refuses."""
    fields = dataclasses.fields(cls)
    known: dict[str, Any] = {"_fresh": _MADE_FRESH}
    lines = [f"def __init__(self, {', '.join(field.name for field in fields)}):"]
    for field in fields:
        known[f"_set_{field.name}"] = getattr(cls, field.name).__set__
        value = field.name
        if field.default_factory is not dataclasses.MISSING:
            known[f"_make_{field.name}"] = field.default_factory
            value = f"_make_{value}() if {value} is _fresh else {value}"
        lines.append(f"  _set_{field.name}(self, {value})")
    exec("\n".join([*lines, "  return"]), known)  # noqa: S102 - made of our own field names, as dataclasses does
    init: Any = known["__init__"]
    init.__defaults__ = tuple(default for field in fields for default in _default_of(field))
    init.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    return init  # type: ignore[no-any-return]


def _default_of(field: "dataclasses.Field[Any]") -> tuple[object, ...]:
    if field.default_factory is not dataclasses.MISSING:
        return (_MADE_FRESH,)
    return () if field.default is dataclasses.MISSING else (field.default,)


def _refuse(self: object, name: str, *_value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r} of {type(self).__name__}")


def _equal(self: Any, other: Any) -> Any:  # noqa: ANN401 - what Python asks of `__eq__`
    return self._values == other._values if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:  # noqa: ANN401
    return hash(self._values)


def _repr(self: Any) -> str:  # noqa: ANN401
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
    return f"{type(self).__qualname__}({shown})"


def _values_in(self: Any) -> tuple[object, ...]:  # noqa: ANN401
    return self._values  # type: ignore[no-any-return]


def _take_values(self: Any, values: tuple[object, ...]) -> None:  # noqa: ANN401
    for field, value in zip(dataclasses.fields(self), values, strict=True):
        object.__setattr__(self, field.name, value)
