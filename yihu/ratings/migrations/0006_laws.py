"""What no program may do to a rating (§6.1.3): composite keys, published schemes and final rounds
that stay as they are, no round by a scheme that is not in force for its year.
"""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE ratings_ratingscore ADD CONSTRAINT rating_score_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ratings_ratingjudgement ADD CONSTRAINT rating_judgement_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION rating_weights(definition jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(sum((line ->> 'weight')::numeric), 0)
    FROM jsonb_array_elements(definition -> 'indicators') AS line
$$;
CREATE FUNCTION rating_bands_whole(definition jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT count(*) >= 2 AND bool_and(least < coalesce(above, 100.01)) AND min(least) = 0
        AND count(*) = count(DISTINCT grade)
    FROM (
        SELECT (band ->> 'least')::numeric AS least, band ->> 'grade' AS grade,
            lag((band ->> 'least')::numeric) OVER (ORDER BY place) AS above
        FROM jsonb_array_elements(definition -> 'bands') WITH ORDINALITY AS b (band, place)
    ) bands
$$;
ALTER TABLE ratings_ratingscheme ADD CONSTRAINT rating_scheme_weights
    CHECK (published_at IS NULL OR rating_weights(definition) = 100);
ALTER TABLE ratings_ratingscheme ADD CONSTRAINT rating_scheme_bands
    CHECK (published_at IS NULL OR coalesce(rating_bands_whole(definition), false));
CREATE TRIGGER rating_scheme_published_stays BEFORE UPDATE OR DELETE ON ratings_ratingscheme
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION refuse_changing_published();
CREATE TRIGGER rating_scheme_not_truncated BEFORE TRUNCATE ON ratings_ratingscheme
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published();

CREATE FUNCTION rating_refuse_superseded() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.scheme_id IS DISTINCT FROM (
        SELECT s.id FROM ratings_ratingscheme s
        WHERE s.published_at IS NOT NULL AND s.effective_year <= NEW.year
        ORDER BY s.number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'scheme % is not in force for the rating year %', NEW.scheme_id, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rating_round_scheme_in_force';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rating_round_scheme_in_force BEFORE INSERT OR UPDATE ON ratings_ratinground
    FOR EACH ROW WHEN (NEW.kind = 'real' AND NEW.state <> 'dropped')
    EXECUTE FUNCTION rating_refuse_superseded();

CREATE FUNCTION rating_refuse_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION '% of % in a final rating round is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER rating_round_final_stays BEFORE UPDATE OR DELETE ON ratings_ratinground
    FOR EACH ROW WHEN (OLD.state = 'final') EXECUTE FUNCTION rating_refuse_final();
CREATE TRIGGER rating_score_final_stays BEFORE UPDATE OR DELETE ON ratings_ratingscore
    FOR EACH ROW WHEN (OLD.final) EXECUTE FUNCTION rating_refuse_final();
CREATE TRIGGER rating_result_final_stays BEFORE UPDATE OR DELETE ON ratings_ratingresult
    FOR EACH ROW WHEN (OLD.round_id IS NOT NULL) EXECUTE FUNCTION rating_refuse_final();

CREATE FUNCTION rating_refuse_into_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh JOIN ratings_ratinground r ON r.id = fresh.round_id
               WHERE r.state = 'final') THEN
        RAISE EXCEPTION '% into a final rating round is refused', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rating_score_not_into_final AFTER INSERT ON ratings_ratingscore
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION rating_refuse_into_final();
CREATE TRIGGER rating_judgement_not_into_final AFTER INSERT ON ratings_ratingjudgement
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION rating_refuse_into_final();
CREATE FUNCTION rating_refuse_judging_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM ratings_ratinground WHERE id = OLD.round_id AND state = 'final') THEN
        RAISE EXCEPTION '% of a judgement in a final rating round is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rating_judgement_final_stays BEFORE UPDATE OR DELETE ON ratings_ratingjudgement
    FOR EACH ROW EXECUTE FUNCTION rating_refuse_judging_final();
"""
BACKWARD = """
DROP TRIGGER rating_judgement_final_stays ON ratings_ratingjudgement;
DROP TRIGGER rating_judgement_not_into_final ON ratings_ratingjudgement;
DROP TRIGGER rating_score_not_into_final ON ratings_ratingscore;
DROP TRIGGER rating_result_final_stays ON ratings_ratingresult;
DROP TRIGGER rating_score_final_stays ON ratings_ratingscore;
DROP TRIGGER rating_round_final_stays ON ratings_ratinground;
DROP TRIGGER rating_round_scheme_in_force ON ratings_ratinground;
DROP FUNCTION rating_refuse_judging_final();
DROP FUNCTION rating_refuse_into_final();
DROP FUNCTION rating_refuse_final();
DROP FUNCTION rating_refuse_superseded();
DROP TRIGGER rating_scheme_not_truncated ON ratings_ratingscheme;
DROP TRIGGER rating_scheme_published_stays ON ratings_ratingscheme;
ALTER TABLE ratings_ratingscheme DROP CONSTRAINT rating_scheme_bands;
ALTER TABLE ratings_ratingscheme DROP CONSTRAINT rating_scheme_weights;
DROP FUNCTION rating_bands_whole(jsonb);
DROP FUNCTION rating_weights(jsonb);
ALTER TABLE ratings_ratingjudgement DROP CONSTRAINT rating_judgement_dossier_fk;
ALTER TABLE ratings_ratingscore DROP CONSTRAINT rating_score_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("ratings", "0005_schemes_and_rounds"),
        ("guide", "0002_published_stay"),
        ("dossiers", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
