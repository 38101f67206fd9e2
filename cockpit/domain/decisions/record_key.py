"""How a record that several names tell apart is kept under one key."""


def key_of(*names: str) -> str:
    """Return 'one/another'; a '/' within a name is never taken for the one between two."""
    plain = "/".join(names)
    if "%" not in plain and plain.count("/") == len(names) - 1:
        return plain
    return "/".join(name.replace("%", "%25").replace("/", "%2F") for name in names)
