from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "yihu.helpdesk"
    label = "helpdesk"
    verbose_name = "问题报告"
