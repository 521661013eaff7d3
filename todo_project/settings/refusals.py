"""Values with which production refuses to start, because they would let anybody in."""

import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from todo_project.settings.env import Env, EnvError
from todo_project.settings.variables import is_this_machine

MIN_KEY_CHARACTERS = 32
"""HS256 needs 256 bits (RFC 7518, section 3.2): 32 characters of 8 bits, and most keys have fewer bits in each."""
MIN_TOKEN_CHARACTERS = 16
"""A token can only be guessed over the network: 64 bits, as hexadecimal digits, are enough."""
MIN_DISTINCT = 6
"""One of 10^10 random keys of forty digits has fewer; a minimum of eight would refuse one in 13,000."""
MIN_DISTINCT_TRIPLES = 16
MAKE_A_KEY = "make one with `openssl rand -hex 32`"
DEVELOPMENT_PREFIX = "django-insecure-"
# Words of example keys. A given word of seven letters occurs in one random key of a billion.
PLACEHOLDERS = (
    *("changeme", "changethis", "replaceme", "replacethis", "placeholder", "example"),
    *("secretkey", "yoursecret", "yourkey", "insecure", "password", "correcthorse", "qwerty"),
    *("onlyfor", "randomhexadecimal"),  # example keys of this repository's tests and documents
)


def refuse_weak(env: Env) -> None:
    """Raise EnvError with one sentence for the first value that does not protect. The sentence never contains a key."""
    for host in env.allowed_hosts:
        if "*" in host or not host.strip(".") or _is_whole_domain(host):
            raise EnvError(
                f"TODO_ALLOWED_HOSTS must name the hosts in production, not {host!r}, which is any name that"
                " a client sends; .example.com stands for every name below example.com."
            )
    for origin in filter(_is_anybodys, env.csrf_trusted_origins):
        raise EnvError(
            f"TODO_CSRF_TRUSTED_ORIGINS must name the origins in production, with https, not {origin!r}."
        )
    keys: dict[str, Sequence[str]] = {
        "TODO_SECRET_KEY": [env.secret_key],
        "TODO_SECRET_KEY_FALLBACKS": env.secret_key_fallbacks,
    }
    keys["TODO_AUDIT_KEYS"] = [key.partition(":")[2] for key in env.audit_keys]
    for name, each in keys.items():
        for fault in filter(None, map(weakness, each)):
            raise EnvError(f"{name} {fault}; {MAKE_A_KEY}.")
    if env.event_transport == "dapr" and env.app_api_token and _is_guessable(env.app_api_token):
        raise EnvError(f"APP_API_TOKEN can be guessed, and who shows it may post events; {MAKE_A_KEY}.")


def _is_whole_domain(pattern: str) -> bool:
    """Whether a pattern matches every name below a top-level domain such as `com`: anybody can own such a name."""
    return pattern.startswith(".") and "." not in pattern.strip(".")


def _is_anybodys(origin: str) -> bool:
    """Whether a stranger's page can have this origin: a pattern for any name, or plain HTTP, which others can alter."""
    scheme, _, place = origin.partition("://")
    name = place.partition(":")[0] if not place.startswith("[") else place
    is_plain = scheme != "https" and not is_this_machine(urlsplit(origin).hostname or "")
    return is_plain or not name.strip("*.") or _is_whole_domain(name.removeprefix("*"))


def weakness(key: str) -> str:
    """Return why a key can be guessed, to follow its name in a sentence; empty when nothing is wrong with it."""
    if key.startswith(DEVELOPMENT_PREFIX):
        return f"begins with {DEVELOPMENT_PREFIX}, as keys for development do"
    if len(key) < MIN_KEY_CHARACTERS:
        return f"must have at least {MIN_KEY_CHARACTERS} characters"
    if _is_example(key):
        return "is an example, not a key"
    if _is_uniform(key):
        return "repeats itself or counts up"
    return ""


def _is_guessable(token: str) -> bool:
    return len(token) < MIN_TOKEN_CHARACTERS or len(set(token)) < MIN_DISTINCT or _is_example(token)


def _is_example(key: str) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    return any(word in letters for word in PLACEHOLDERS)


def _is_uniform(key: str) -> bool:
    triples = {key[at : at + 3] for at in range(len(key) - 2)}
    steps = [ord(second) - ord(first) for first, second in pairwise(key)]
    counting = sum(step in (-1, 0, 1) for step in steps)
    return (
        len(set(key)) < MIN_DISTINCT or len(triples) < MIN_DISTINCT_TRIPLES or counting > len(steps) * 2 / 3
    )
