"""The tables that are protected."""

from typing import Final

ENTRIES: Final = "audit_app_auditentry"
HEADS: Final = "audit_app_audithead"
FORGOTTEN: Final = "audit_app_forgottentrail"
TRAIL_ANCHORS: Final = "audit_app_trailanchor"
ANCHORED: Final = "audit_app_anchoredhead"
PROTECTED: Final = (ENTRIES, HEADS, FORGOTTEN, TRAIL_ANCHORS, ANCHORED)
