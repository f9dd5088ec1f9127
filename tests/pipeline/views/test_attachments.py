"""Pictures and documents of a lead."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from leads import attachments as store
from leads.models import ATTACHMENT_LARGEST, ATTACHMENTS, Attachment
from pipeline import selected
from pipeline.models import Selection
from tests import files


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def kept(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def send(rep, lead, data=None, name="photo.jpg", **more):
    data = files.png() if data is None else data
    return rep.post(reverse("pipeline:attachments", args=[lead.pk]), {"file": SimpleUploadedFile(name, data), **more})


def test_a_picture_is_kept_shown_removed_and_brought_back(rep, lead, folder):
    assert send(rep, lead, files.png(), "../../etc/Фото \u202egpj.exe").status_code == 302
    [made] = Attachment.objects.all()
    assert (made.kind, made.name, made.size) == ("image/png", "Фото gpj.png", len(files.png()))
    assert "Фото gpj.png" in rep.get(reverse("pipeline:attachments", args=[lead.pk])).content.decode()
    response = rep.get(reverse("pipeline:attachment", args=[made.pk]))
    assert b"".join(response.streaming_content) == files.png()
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].endswith("sandbox")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].startswith("inline;")
    before = Attachment.objects.values().get()
    page = rep.post(reverse("pipeline:attachment_remove", args=[made.pk]), follow=True).content.decode()
    undo = reverse("pipeline:selection_undo", args=[Selection.objects.get().pk])
    assert ("Фото gpj.png was removed" in page, f'action="{undo}"' in page) == (True, True)
    assert rep.get(reverse("pipeline:attachment", args=[made.pk])).status_code == 404
    assert rep.post(undo)["Location"] == reverse("pipeline:attachments", args=[lead.pk])
    assert Attachment.objects.values().get() == before
    assert b"".join(rep.get(reverse("pipeline:attachment", args=[made.pk])).streaming_content) == files.png()


def test_the_file_of_what_was_removed_is_deleted_when_the_day_is_over(rep, lead, folder):
    for _n in range(2):
        send(rep, lead)
    first, second = Attachment.objects.order_by("pk")
    rep.post(reverse("pipeline:attachment_remove", args=[first.pk]))
    rep.post(reverse("pipeline:attachment_remove", args=[second.pk]))
    rep.post(reverse("pipeline:selection_undo", args=[Selection.objects.latest("pk").pk]))
    assert len(kept(folder)) == 2
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, minutes=1)):
        selected.forget()
    assert kept(folder) == [store.path(second.file)]


def test_a_document_is_taken_not_opened(rep, lead):
    send(rep, lead, files.pdf(), "price.pdf")
    response = rep.get(reverse("pipeline:attachment", args=[Attachment.objects.get().pk]))
    assert (response["Content-Type"], response["Content-Disposition"]) == ("application/pdf", 'attachment; filename="price.pdf"')


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "photo.jpg", "This is no picture"),
        (b"<svg onload='alert(1)'/>", "photo.svg", "This is no picture"),
        (b"GIF89a" + b"<script>alert(1)</script>", "photo.gif", "This is no picture"),
        (files.png(cut=9), "photo.png", "This file is broken or cut short."),
        (files.png(60_000, 60_000), "photo.png", "too large to be shown"),
        (b"", "photo.png", "This file is empty."),
        (b"x" * (ATTACHMENT_LARGEST + 1), "photo.png", "A file has at most 10 MB."),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence_and_not_kept(rep, lead, folder, data, name, sentence):
    response = send(rep, lead, data, name)
    assert (response.status_code, sentence in response.content.decode()) == (422, True)
    assert (Attachment.objects.count(), kept(folder)) == (0, [])


def test_no_file_is_said(rep, lead):
    assert rep.post(reverse("pipeline:attachments", args=[lead.pk]), {}).status_code == 422


def test_a_name_never_chooses_what_a_file_is_served_as(rep, lead):
    send(rep, lead, files.png(more=b"<script>alert(1)</script>"), "page.html")
    response = rep.get(reverse("pipeline:attachment", args=[Attachment.objects.get().pk]))
    assert (response["Content-Type"], response["Content-Disposition"]) == ("image/png", 'inline; filename="page.png"')


def test_the_same_form_twenty_times_keeps_one(rep, lead, folder):
    for _n in range(20):
        send(rep, lead, once="k1")
    assert (Attachment.objects.count(), len(kept(folder))) == (1, 1)


def test_there_are_few(rep, lead, folder):
    Attachment.objects.bulk_create(
        Attachment(lead=lead, by=rep.user, name="x", kind="image/png", size=1, file=f"x/{n}") for n in range(ATTACHMENTS)
    )
    assert send(rep, lead).status_code == 422
    assert kept(folder) == []


def test_a_file_that_is_gone_from_the_store_is_not_there(rep, lead):
    send(rep, lead)
    store.forget_files([Attachment.objects.get().file])
    assert rep.get(reverse("pipeline:attachment", args=[Attachment.objects.get().pk])).status_code == 404


def test_nobody_else_sees_or_removes_one(rep, stranger, upline, lead):
    send(rep, lead)
    made = Attachment.objects.get()
    for other in (stranger, upline):
        assert other.get(reverse("pipeline:attachments", args=[lead.pk])).status_code == 404
        assert other.get(reverse("pipeline:attachment", args=[made.pk])).status_code == 404
        assert other.post(reverse("pipeline:attachment_remove", args=[made.pk])).status_code == 404
        assert send(other, lead).status_code == 404
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("n", [1, 3])
def test_queries(rep, lead, n, django_assert_num_queries):
    for _n in range(n):
        send(rep, lead)
    rep.get(reverse("pipeline:attachments", args=[lead.pk]))
    with django_assert_num_queries(4):
        rep.get(reverse("pipeline:attachments", args=[lead.pk]))
