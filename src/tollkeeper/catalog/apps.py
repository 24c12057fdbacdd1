from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "tollkeeper.catalog"
    label = "catalog"
