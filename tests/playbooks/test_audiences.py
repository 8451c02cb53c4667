"""A segment that a playbook is meant for stays in use, whoever wants to archive it and by whichever way."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from health.segments.models import Segment
from health.segments.services import StillNamed, archive_segment
from playbooks import services
from tests import cast
from tests.playbooks import make
from tests.segments import make as segments

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def poland() -> Segment:
    return segments.segment(name="Poland")


def meant_for(segment: Segment, **changes: Any) -> dict[str, Any]:
    return {"audience": {"in_segment": [str(segment.pk)]}, **changes}


@pytest.mark.parametrize("state", ["draft", "submitted", "active"])
def test_a_segment_with_a_playbook_is_refused_by_the_playbooks_name(poland: Segment, state: str) -> None:
    getattr(make, state)(name="Runway", **meant_for(poland))
    with pytest.raises(StillNamed, match="in use by the playbook “Runway”"):
        archive_segment(poland, by=None, as_of=make.MORNING)


def test_everything_built_on_it_is_named_once(poland: Segment) -> None:
    running = make.active(name="Runway", **meant_for(poland))
    services.draft_version(running.playbook, by=make.ada(), as_of=make.MORNING)
    segments.segment({"segment": str(poland.pk)}, name="Large")
    with pytest.raises(StillNamed, match=r"by the segment “Large”, the playbook “Runway”\. Change"):
        archive_segment(poland, by=None, as_of=make.MORNING)


def test_what_was_retired_or_replaced_lets_it_go(poland: Segment) -> None:
    services.retire(make.active(**meant_for(poland)), by=make.grace(), as_of=make.MORNING)
    old = make.draft(**meant_for(poland))
    services.draft_version(old.playbook, by=make.grace(), as_of=make.MORNING, audience={})
    archive_segment(poland, by=None, as_of=make.MORNING)
    assert Segment.objects.get().archived_at == make.MORNING


def test_page_and_api_say_who_uses_it(client: Any, poland: Segment) -> None:
    make.active(name="Runway", **meant_for(poland))
    client.force_login(cast.grace())
    shown = client.post(reverse("segment_archive", args=[poland.pk]), follow=True).content.decode()
    assert "the playbook “Runway”" in shown
    answer = client.delete(reverse("api:segments-detail", args=[poland.pk]))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "segment_still_named")
    assert "Runway" in answer.json()["errors"][0]["detail"]
    assert Segment.objects.get().archived_at is None
