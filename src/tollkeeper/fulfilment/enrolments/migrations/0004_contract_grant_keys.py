import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A grant's keys to its person and its course were looked up, and both rows locked, with every grant. That neither is
# ever deleted promises more, and is asked only of who tries (decisions 0008, 0013).
KEPT = "".join(
    f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();"
    for table in ("accounts_person", "catalog_course")
)
NO_LONGER_KEPT = "".join(f"DROP TRIGGER {table}_kept ON {table};" for table in ("accounts_person", "catalog_course"))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_expand_person"),
        ("catalog", "0001_expand_courses"),
        ("core", "0001_expand_first"),
        ("enrolments", "0003_contract_grant_index"),
    ]

    operations = [
        migrations.RunSQL(KEPT, NO_LONGER_KEPT),
        migrations.AlterField(
            model_name="grant",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="course",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.course",
            ),
        ),
    ]
