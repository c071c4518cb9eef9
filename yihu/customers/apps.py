from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "yihu.customers"
    label = "customers"
    verbose_name = "客户"
