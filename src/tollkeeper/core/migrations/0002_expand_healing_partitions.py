from django.db import migrations

# A month whose lines the DEFAULT partition caught could never be made: its rows are moved home first. ATTACH lets
# writers of the other months go on, which CREATE … PARTITION OF would not. `pg_temp` comes last, so that no temporary
# table of the caller passes for a catalogue; bounds are UTC's whatever the caller's zone.
PARTITIONS = """
CREATE OR REPLACE FUNCTION core_ensure_partitions(parent text, months int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE first timestamptz; made int := 0; part text; key text; caught text := parent || '_default';
BEGIN
    key := CASE parent WHEN 'core_journal' THEN 'at' WHEN 'ledger_delivery' THEN 'received_at' END;
    IF key IS NULL THEN
        RAISE EXCEPTION '% is not partitioned by month', parent;
    END IF;
    FOR first IN SELECT generate_series(
        date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months), interval '1 month')
    LOOP
        part := parent || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass(format('public.%I', part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
            ' INCLUDING INDEXES INCLUDING STORAGE)', part, parent);
        IF to_regclass(format('public.%I', caught)) IS NOT NULL THEN
            EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', caught);
            EXECUTE format('WITH moved AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *)'
                ' INSERT INTO public.%I SELECT * FROM moved',
                caught, key, first, key, first + interval '1 month', part);
        END IF;
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            parent, part, first, first + interval '1 month');
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
ALTER FUNCTION core_drop_partitions(text, int) SET search_path = pg_catalog, public, pg_temp;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_expand_first")]

    operations = [migrations.RunSQL(PARTITIONS, migrations.RunSQL.noop)]
