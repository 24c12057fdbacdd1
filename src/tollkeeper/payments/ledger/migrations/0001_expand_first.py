import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# Evidence is found by its payment for ever, so it is not partitioned; raw bodies are kept 90 days, so they are.
# A payment's row is rewritten on its page: no index holds what settle changes, and pages keep room for it.
TABLES = """
CREATE TABLE ledger_evidence (
    payment_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    data jsonb NOT NULL,
    digest text,
    PRIMARY KEY (payment_id, key)
);
CREATE TABLE ledger_delivery (
    id uuid NOT NULL,
    gateway text NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    digest text NOT NULL,
    verdict text NOT NULL,
    payment_id uuid,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE TABLE ledger_delivery_default PARTITION OF ledger_delivery DEFAULT;
CREATE INDEX ledger_delivery_payment_idx ON ledger_delivery (payment_id);
ALTER TABLE ledger_payment SET (fillfactor = 70);
"""

# Nothing of these is ever deleted, by anybody. That is more than a foreign key from evidence would promise, and costs
# nothing when evidence is stored (decision 0008).
KEPT = "".join(
    f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();"
    for table in ("ledger_order", "ledger_order_line", "ledger_payment", "ledger_evidence")
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_expand_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("gateway", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("body", models.BinaryField()),
                ("headers", models.JSONField()),
                ("digest", models.TextField()),
                ("verdict", models.TextField()),
                ("payment_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "ledger_delivery",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reference", models.TextField()),
                ("gateway", models.TextField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.TextField()),
                ("lines", models.JSONField()),
                ("facts", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("state", models.TextField(db_default="created")),
                ("access", models.TextField(db_default="none")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "ledger_payment",
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reference", models.TextField(unique=True)),
                ("currency", models.TextField()),
                ("total_minor", models.BigIntegerField()),
                ("language", models.TextField(default="en")),
                ("signed_in", models.BooleanField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "ledger_order",
            },
        ),
        migrations.CreateModel(
            name="RejectionCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "hour", "reason", "network", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("reason", models.TextField()),
                ("network", models.TextField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "db_table": "ledger_rejection_count",
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "payment_id", "stage", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("payment_id", models.UUIDField()),
                ("stage", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "ledger_stage",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="ledger.payment",
                    ),
                ),
                ("key", models.TextField()),
                ("kind", models.TextField()),
                ("source", models.TextField()),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("data", models.JSONField()),
                ("digest", models.TextField(null=True)),
            ],
            options={
                "db_table": "ledger_evidence",
                "managed": False,
            },
        ),
        migrations.AddField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="ledger.order"
            ),
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("item", models.TextField()),
                ("title", models.TextField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="ledger.order"
                    ),
                ),
            ],
            options={
                "db_table": "ledger_order_line",
            },
        ),
        migrations.CreateModel(
            name="Rejection",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("reason", models.TextField()),
                ("network", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("path", models.TextField()),
                ("headers", models.JSONField()),
                ("body", models.BinaryField()),
            ],
            options={
                "db_table": "ledger_rejection",
                "indexes": [models.Index(fields=["hour", "reason", "network"], name="ledger_rejection_bucket_idx")],
            },
        ),
        migrations.CreateModel(
            name="Poll",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="poll",
                        serialize=False,
                        to="ledger.payment",
                    ),
                ),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("present_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("asked", models.IntegerField(db_default=0)),
            ],
            options={
                "db_table": "ledger_poll",
                "indexes": [models.Index(fields=["next_at"], name="ledger_poll_next_idx")],
            },
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("subject", models.TextField()),
                ("trouble", models.TextField()),
                ("suggestion", models.TextField()),
                ("owner", models.TextField(db_default="staff")),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("deadline", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(db_default="")),
                ("act", models.TextField(db_default="")),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interventions",
                        to="ledger.payment",
                    ),
                ),
            ],
            options={
                "db_table": "ledger_intervention",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "trouble__in",
                                [
                                    "wrong_amount",
                                    "contradicted",
                                    "paid_twice",
                                    "refund_owed",
                                    "unconfirmed",
                                    "unsettled",
                                    "unknown_reference",
                                    "access_unpaid",
                                ],
                            )
                        ),
                        name="ledger_intervention_trouble_check",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("subject", "trouble"),
                        name="ledger_intervention_one_open_key",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "created",
                            "open",
                            "attempt_failed",
                            "confirming",
                            "paid",
                            "questioned",
                            "expired",
                            "cancelled",
                        ],
                    )
                ),
                name="ledger_payment_state_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("access__in", ["none", "pending", "open", "suspended", "rejected", "elsewhere"])),
                name="ledger_payment_access_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="ledger_payment_amount_positive_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("access", "open"), _negated=True),
                    ("state__in", ["confirming", "paid", "questioned"]),
                    _connector="OR",
                ),
                name="ledger_payment_open_means_paid_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gte", 0)), name="ledger_order_total_not_negative_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="ledger_line_amount_not_negative_check"
            ),
        ),
        migrations.RunSQL(TABLES, "DROP TABLE ledger_evidence; DROP TABLE ledger_delivery"),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
