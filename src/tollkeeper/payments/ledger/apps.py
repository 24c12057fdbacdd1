from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tollkeeper.payments.ledger"
    label = "ledger"
    till_tables = (
        "ledger_order",
        "ledger_order_line",
        "ledger_payment",
        "ledger_evidence",
        "ledger_intervention",
        "ledger_queue",
    )
    """Written only under the till's role; `server.migrate` takes the right from everybody else."""
