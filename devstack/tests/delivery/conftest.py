"""Every test here calls programs that only record."""

from devstack.tests.delivery.recorder import recorder

__all__ = ["recorder"]
