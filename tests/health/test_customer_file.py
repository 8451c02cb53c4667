"""A real customer file is imported and every customer in it is scored, with a reason."""

from collections import Counter

from accounts.ingest import services
from accounts.ingest.services import matching
from accounts.models import Account
from health.models import AccountHealth
from health.queries import reasons
from health.services import ensure_starter_scorecard, score_accounts
from tests.ingest.files import MORNING, upload


def test_all_customers_of_the_file_have_a_score_and_a_reason(acme, checkout):
    content = (checkout / "tests/data/telco_churn.csv").read_bytes()
    batch = upload(content, name="telco_churn.csv")
    columns = matching.fitting(services.mapping_named("accounts", "Telecom customers"), batch.reading["header"])
    services.import_batch(
        services.match_columns(batch, columns=columns, by=None, as_of=MORNING), by=None, as_of=MORNING
    )
    ensure_starter_scorecard(template="customer_file", by=None, as_of=MORNING)

    done = score_accounts(as_of=MORNING)

    assert done.scored_count == Account.objects.customers().count() == 5174
    assert set(AccountHealth.objects.values_list("coverage", flat=True).distinct()) == {1}
    bands = Counter(AccountHealth.objects.values_list("band", flat=True))
    assert set(bands) == {"good", "watch", "risk"}
    assert min(bands.values()) > 400
    some = list(AccountHealth.objects.filter(band="risk").order_by("pk").values_list("account_id", flat=True)[:50])
    assert {"Month-to-month contract"} & set(reasons(some).values())
