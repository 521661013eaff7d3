"""Makes anchors: the sweep `anchors`, once a day, and at once until every chain that has grown is covered."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet

from audit_app.anchors.file import append_missing
from audit_app.anchors.lines import AnchorLine, digest_of, sign_anchor
from audit_app.models import GENESIS, AnchoredHead, AuditHead, TrailAnchor
from foundation.database.transactions import database_now, write_transaction

ANCHOR_EVERY: Final = timedelta(days=1)
HEADS_AT_ONCE: Final = 2000
ANCHORS_AT_ONCE: Final = 10

logger = logging.getLogger(__name__)


def make_anchors() -> int:
    """Make the anchor of the day unless it is made; return how many were made, one for each 2,000 chains that grew.

    Each is written to the log, and to `settings.AUDIT_ANCHOR_FILE` if that is set. Repeating is harmless; of two calls
    at once, one makes the anchor.
    """
    made = 0
    while made < ANCHORS_AT_ONCE and _make_next():
        made += 1
    if settings.AUDIT_ANCHOR_FILE:
        append_missing(settings.AUDIT_ANCHOR_FILE)
    return made


def _make_next() -> bool:
    last, now = TrailAnchor.objects.order_by("-number").first(), database_now()
    if last is not None and last.is_complete and last.made_at > now - ANCHOR_EVERY:
        return False
    try:
        with write_transaction():
            line = _insert_anchor(last)
    except IntegrityError:  # another process has made it
        return False
    logger.info("%s", line.text)
    return True


def _insert_anchor(last: TrailAnchor | None) -> AnchorLine:
    number, previous = (1, GENESIS) if last is None else (last.number + 1, last.root)
    # Locked: of a trail that is forgotten at this moment, forgetting finds its end among the anchored ones.
    heads = list(_grown_heads().select_for_update(no_key=True)[:HEADS_AT_ONCE])
    digests = [digest_of(head.pk, head.entries, head.hash) for head in heads]
    made_at = database_now()
    line = sign_anchor(number, made_at, previous, digests)
    TrailAnchor(
        number=number,
        made_at=made_at,
        heads=line.heads,
        previous=previous,
        root=line.root,
        is_complete=len(heads) < HEADS_AT_ONCE,
        key_version=line.seal.key_version,
        seal=line.seal.mark,
    ).save(force_insert=True)
    AnchoredHead.objects.bulk_create(
        AnchoredHead(anchor=number, place=place, user_id=head.pk, entries=head.entries, digest=digest)
        for place, (head, digest) in enumerate(zip(heads, digests, strict=True))
    )
    return line


def _grown_heads() -> QuerySet[AuditHead]:
    covered = AnchoredHead.objects.filter(user_id=OuterRef("pk"), entries=OuterRef("entries"))
    return AuditHead.objects.filter(~Exists(covered)).order_by("pk")
