"""How a record that several names tell apart is kept under one key."""


def key_of(*names: str) -> str:
    """Return 'one/another'; a '/' within a name is never taken for the one between two."""
    return "/".join(name.replace("%", "%25").replace("/", "%2F") for name in names)
