from django.apps import AppConfig


class EnrolmentsConfig(AppConfig):
    name = "tollkeeper.fulfilment.enrolments"
    label = "enrolments"
    till_tables = ("enrolments_grant",)
    """Written only under the till's role; `server.migrate` takes the right from everybody else."""
