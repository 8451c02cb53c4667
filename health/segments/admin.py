"""Segments in the admin site: to be looked at; they are written on their own pages."""

from __future__ import annotations

from django.contrib import admin

from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from health.segments.models import Segment


@admin.register(Segment, site=tenant_admin)
class SegmentAdmin(AuditedModelAdmin):
    """Rules with their sizes and what is wrong with them."""

    list_display = ("name", "owner", "member_count", "refreshed_at", "problem", "archived_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    fields = ("name", "purpose", "owner", "member_count", "refreshed_at", "problem", "archived_at", "created_at")
    readonly_fields = fields
