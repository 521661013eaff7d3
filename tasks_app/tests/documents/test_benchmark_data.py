"""What benchmarks insert by SQL has the documents that saving would have made: else they would measure less."""

import pytest

from tasks_app.benchmarks import list_data
from tasks_app.invariants import find_old_documents, find_wrong_documents
from tasks_app.models import Task


@pytest.mark.django_db
def test_the_tasks_of_benchmarks_have_current_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_data, "PATTERNS", 500)
    monkeypatch.setattr(list_data, "OTHERS", 5)
    monkeypatch.setattr(list_data, "analyze", lambda: None)  # no VACUUM inside a transaction
    list_data.insert_all(sizes=[50], total=120, words=False)
    assert Task.objects.count() == 120
    assert [*find_wrong_documents(), *find_old_documents()] == []
