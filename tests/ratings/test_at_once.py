"""A round is removed while somebody writes a score of it, each in a transaction of its own."""

import time
from threading import Thread

from django.db import IntegrityError, connection, connections, transaction

from tests import plant
from tests.ratings.rated import buyer, computed, head
from yihu.access.entering import for_group
from yihu.ratings.models import RatingRound, RatingScore

PATIENCE = 20.0
"""Seconds until what should wait must have begun to."""


def test_whoever_removes_a_round_waits_for_its_scores_and_is_refused(own_database: None) -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd)
    rating = computed(hq)
    RatingScore.objects.filter(round=rating).delete()
    said: list[str] = []

    def remove() -> None:
        try:
            with for_group(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM ratings_ratinground WHERE id = %s", [rating.pk])
            said.append("")
        except IntegrityError as why:
            said.append(str(why))
        connections.close_all()

    other = Thread(target=remove)
    with transaction.atomic():
        RatingScore.objects.create(
            unit=gd, round=rating, dossier=file, customer=file.customer, score=1, grade="C",
            joined=1, klass="general", figures=[],
        )  # fmt: skip
        other.start()
        end = time.monotonic() + PATIENCE
        while not _somebody_waits_for_us() and time.monotonic() < end:
            time.sleep(0.02)
        assert _somebody_waits_for_us()
        assert said == []
    other.join()
    assert "removal of a rating round that has scores" in said[0]
    assert RatingRound.objects.filter(pk=rating.pk).exists()


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
        )
        return bool(cursor.fetchone()[0])
