from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "yihu.reports"
    label = "reports"
    verbose_name = "打印"
