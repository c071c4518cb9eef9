from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "yihu.audit"
    label = "audit"
    verbose_name = "审计"
