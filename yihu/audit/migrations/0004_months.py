"""The log by months of Asia/Shanghai, each line with the transaction that wrote it (§5.5).

`audit_event` becomes a partitioned table; what it held is carried over with its numbers. The
application owns no partition and has no right on one: it reaches them through the table alone.
`keep_event_months(ahead)` makes the partitions of this month and the next ones, and takes out of
the default partition what lies there for want of one, unless it is older than a year: history that
was brought in stays together, for every partition more costs each query that looks at all of them.
It gives up after 2 s of waiting for a lock.
There is no way back: a log that could be poured into another table could be rewritten on the way.
"""

from typing import ClassVar

from django.db import migrations, models

READS = (
    "customer.read", "document.read", "document.viewed", "dossier.read", "draft.read",
    "import.read", "letter.read", "original.read", "searched", "version.read",
    "versions.compared",
)  # fmt: skip
COLUMNS = (
    "id, at, actor_id, actor_name, unit_id, verb, subject_type, subject_id, dossier_id, data, "
    "request_id"
)
READING = "verb IN ({})".format(", ".join(f"'{verb}'" for verb in READS))

TABLE = f"""
ALTER TABLE audit_event RENAME TO event_before;
DROP INDEX event_dossier, event_unit, event_verb, event_trace;
ALTER TABLE event_before DROP CONSTRAINT audit_event_pkey, ALTER id DROP IDENTITY;
CREATE SEQUENCE audit_event_id_seq;
CREATE TABLE audit_event (
    id bigint NOT NULL DEFAULT nextval('audit_event_id_seq'),
    at timestamptz NOT NULL,
    actor_id bigint,
    actor_name varchar(80) NOT NULL,
    unit_id integer,
    verb varchar(60) NOT NULL,
    subject_type varchar(60) NOT NULL,
    subject_id varchar(60) NOT NULL,
    dossier_id uuid,
    data jsonb NOT NULL,
    request_id varchar(40) NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT audit_event_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE audit_event_id_seq OWNED BY audit_event.id;
CREATE INDEX event_xid ON audit_event (xid);
CREATE INDEX event_dossier ON audit_event (dossier_id, id DESC);
CREATE INDEX event_deeds ON audit_event (dossier_id, id DESC) WHERE NOT ({READING});
CREATE INDEX event_actor ON audit_event (actor_id, id DESC);
CREATE INDEX event_reads ON audit_event (at, actor_id) WHERE {READING};
CREATE INDEX event_unit ON audit_event (unit_id, id DESC);
CREATE INDEX event_verb ON audit_event (verb, id DESC);
CREATE INDEX event_trace ON audit_event ((data ->> 'trace')) WHERE data ? 'trace';

CREATE FUNCTION stamp_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER event_stamp BEFORE INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION stamp_event();
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""

MONTHS = """
CREATE PROCEDURE vault.guard_partition(partition regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    holder oid;
BEGIN
    EXECUTE format('CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()', partition);
    FOR holder IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.oid = partition AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', partition,
            CASE holder WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(holder)) END);
    END LOOP;
END $$;

CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
CALL vault.guard_partition('audit_event_default');

CREATE FUNCTION keep_event_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET lock_timeout = '2s' AS $$
DECLARE
    this timestamp := date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai');
    wanted timestamp[];
    month timestamp;
    starts timestamptz;
    ends timestamptz;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('keep_event_months'));
    wanted := ARRAY(
        SELECT generate_series(this, this + make_interval(months => ahead), '1 month')
        UNION
        SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai') FROM audit_event_default
        WHERE at >= (this - interval '1 year') AT TIME ZONE 'Asia/Shanghai'
        ORDER BY 1);
    FOREACH month IN ARRAY wanted LOOP
        name := 'audit_event_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        starts := month AT TIME ZONE 'Asia/Shanghai';
        ends := (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai';
        LOCK TABLE audit_event_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE public.%I (LIKE audit_event INCLUDING DEFAULTS)', name);
        IF EXISTS (SELECT FROM audit_event_default WHERE at >= starts AND at < ends) THEN
            ALTER TABLE audit_event_default DISABLE TRIGGER event_append_only;
            EXECUTE format('INSERT INTO %I SELECT * FROM audit_event_default'
                ' WHERE at >= $1 AND at < $2', name) USING starts, ends;
            DELETE FROM audit_event_default WHERE at >= starts AND at < ends;
            ALTER TABLE audit_event_default ENABLE TRIGGER event_append_only;
        END IF;
        EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I'
            ' FOR VALUES FROM (%L) TO (%L)',
            name, starts, ends);
        CALL vault.guard_partition(('public.' || name)::regclass);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
"""

CARRY_OVER = f"""
INSERT INTO audit_event ({COLUMNS}) SELECT {COLUMNS} FROM event_before ORDER BY id;
SELECT setval('audit_event_id_seq', greatest(max(id), 1), max(id) IS NOT NULL) FROM event_before;
DROP TABLE event_before;
SELECT keep_event_months(3);
"""

ROWS = """
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_event_read ON audit_event FOR SELECT USING (
    unit_id = ANY ((SELECT scope_own())::bigint[]) OR (SELECT scope_everything())
    OR actor_id = (SELECT scope_user()) OR (SELECT scope_holds('auditor')));
CREATE POLICY audit_event_add ON audit_event FOR INSERT WITH CHECK (true);
CREATE POLICY audit_event_change ON audit_event FOR UPDATE USING (false) WITH CHECK (false);
CREATE POLICY audit_event_remove ON audit_event FOR DELETE USING (false);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0003_trace"), ("access", "0003_scope")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE + MONTHS + CARRY_OVER + ROWS)],
            state_operations=[
                migrations.AddIndex(
                    "event",
                    models.Index(
                        fields=["dossier_id", "-id"],
                        condition=~models.Q(verb__in=READS),
                        name="event_deeds",
                    ),
                ),
                migrations.AddIndex(
                    "event", models.Index(fields=["actor_id", "-id"], name="event_actor")
                ),
                migrations.AddIndex(
                    "event",
                    models.Index(
                        fields=["at", "actor_id"],
                        condition=models.Q(verb__in=READS),
                        name="event_reads",
                    ),
                ),
            ],
        )
    ]
