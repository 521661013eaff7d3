"""The roles that an installation expects to run, from `TODO_EXPECTED_ROLES`."""

from collections.abc import Sequence

from events_app.consumers.specs import ConsumerSpec
from todo_project.settings.env import Env, EnvError

_ROLES = ("web", "sockets", "relay", "deliver", "worker", "beat", "sweeps", "dapr-jobs", "metrics")


def chosen_roles(env: Env, consumers: Sequence[ConsumerSpec]) -> tuple[str, ...] | None:
    """Return the roles that are named, () for `none`, or None when nothing is. Raises EnvError for an unknown one."""
    if not env.expected_roles:
        return None
    if env.expected_roles == ("none",):
        return ()
    woken = [spec.name for spec in consumers if spec.topics]
    known = [*_ROLES, *(f"{kind}:{name}" for kind in ("consumer", "receiver") for name in woken)]
    for name in env.expected_roles:
        if name not in known:
            raise EnvError(f"TODO_EXPECTED_ROLES: {name} is no role; there are {', '.join(known)}, or none.")
    return tuple(dict.fromkeys(env.expected_roles))
