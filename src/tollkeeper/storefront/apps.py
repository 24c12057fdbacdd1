from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "tollkeeper.storefront"
    label = "storefront"
