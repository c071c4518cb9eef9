"""A round's scores cost less a row: they refer to their round by the statement that writes them, and
nothing needs their key by unit.

The reference was checked row by row as a round was committed: 100,000 times that the same round is
there. Once is as strict. Whoever inserts locks all rounds that the statement names (KEY SHARE, what
the constraint took) and is refused unless each was there to be locked; so until that transaction
ends nobody removes one, nor gives it another key. Whoever removes one has waited for that lock, and
looks, as its transaction ends, with a snapshot taken then: what was committed meanwhile is seen, and
refuses it. Only under READ COMMITTED is a snapshot taken then, so elsewhere no round is removed at
all. A score never goes over to another round.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION rating_hold_rounds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
    named uuid[] := ARRAY(SELECT DISTINCT round_id FROM fresh);
    held bigint;
BEGIN
    SELECT count(*) INTO held FROM (
        SELECT FROM ratings_ratinground WHERE id = ANY (named) FOR KEY SHARE
    ) locked;
    IF held < cardinality(named) THEN
        RAISE EXCEPTION 'a score without its rating round is refused'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'rating_score_of_a_round';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION rating_refuse_another_round() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION 'a score that goes over to another rating round is refused'
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'rating_score_of_a_round';
END $$;
CREATE FUNCTION rating_refuse_leaving_scores() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a rating round is removed under READ COMMITTED only'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    IF EXISTS (SELECT FROM ratings_ratingscore WHERE round_id = OLD.id) THEN
        RAISE EXCEPTION 'removal of a rating round that has scores is refused'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'rating_score_of_a_round';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rating_score_of_a_round AFTER INSERT ON ratings_ratingscore
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION rating_hold_rounds();
CREATE TRIGGER rating_score_stays_in_round BEFORE UPDATE ON ratings_ratingscore
    FOR EACH ROW WHEN (NEW.round_id <> OLD.round_id)
    EXECUTE FUNCTION rating_refuse_another_round();
CREATE CONSTRAINT TRIGGER rating_round_keeps_scores AFTER DELETE ON ratings_ratinground
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION rating_refuse_leaving_scores();
CREATE CONSTRAINT TRIGGER rating_round_keeps_key AFTER UPDATE ON ratings_ratinground
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION rating_refuse_leaving_scores();
"""
BACKWARD = """
DROP TRIGGER rating_round_keeps_key ON ratings_ratinground;
DROP TRIGGER rating_round_keeps_scores ON ratings_ratinground;
DROP TRIGGER rating_score_stays_in_round ON ratings_ratingscore;
DROP TRIGGER rating_score_of_a_round ON ratings_ratingscore;
DROP FUNCTION rating_refuse_leaving_scores();
DROP FUNCTION rating_refuse_another_round();
DROP FUNCTION rating_hold_rounds();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ratings", "0010_figures")]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="ratingscore", name="rating_score_unit_id"),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(
            model_name="ratingscore",
            name="round",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scores",
                to="ratings.ratinground",
            ),
        ),
    ]
