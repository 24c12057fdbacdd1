from django.db import migrations, models

STATES = (
    "created",
    "open",
    "attempt_failed",
    "confirming",
    "paid",
    "questioned",
    "expired",
    "cancelled",
    "disputed",
    "refunded",
)
ACCESSES = ("none", "pending", "open", "suspended", "rejected", "elsewhere", "revoked")
TROUBLES = (
    "wrong_amount",
    "contradicted",
    "paid_twice",
    "refund_owed",
    "unconfirmed",
    "unsettled",
    "unknown_reference",
    "access_unpaid",
    "disputed",
    "refund_failed",
    "refunded_too_much",
    "refund_to_send",
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_expand_queue")]

    operations = [
        migrations.RemoveConstraint(model_name="payment", name="ledger_payment_state_check"),
        migrations.RemoveConstraint(model_name="payment", name="ledger_payment_access_check"),
        migrations.RemoveConstraint(model_name="payment", name="ledger_payment_open_means_paid_check"),
        migrations.RemoveConstraint(model_name="intervention", name="ledger_intervention_trouble_check"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", STATES)), name="ledger_payment_state_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("access__in", ACCESSES)), name="ledger_payment_access_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=~models.Q(("access", "open"))
                | models.Q(("state__in", ("confirming", "paid", "questioned", "refunded"))),
                name="ledger_payment_open_means_paid_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(("trouble__in", TROUBLES)), name="ledger_intervention_trouble_check"
            ),
        ),
    ]
