"""Coming in, on a phone: a code, an invitation, a passkey, an authenticator app; and every page of it without fault."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from teams.models import Rep
from tests import make
from tests.conftest import Person
from tests.flows.test_pages import faults
from tests.teams.conftest import sent_code, wrong

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+380671117777"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def look(page, found, name, *, expected=()):
    """Note what is wrong with the page that is open. `expected`: words of complaints that belong to it (an error's status)."""
    wrong = [fault for fault in faults(page) if not any(word in str(fault) for word in expected)]
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="light")
    page.complaints.clear()
    if wrong:
        found[name] = wrong


def test_a_rep_comes_in_by_a_code_that_was_pasted(phone, company):
    make.rep("300", company.territory, login=False, phone=PHONE, name="Nina New")
    page, found = phone(), {}
    page.goto("/")
    look(page, found, "log-in")
    page.get_by_label("Phone or e-mail").fill("067 111 77 77")
    page.get_by_role("button", name="Go on").click()
    code = sent_code()
    field = page.get_by_label("Code from the text message")
    expect(field).to_be_focused()
    look(page, found, "code")
    field.fill(wrong(code))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("4 tries are left")
    look(page, found, "wrong code", expected=["422"])
    field.fill("")
    field.evaluate("(field, code) => document.execCommand('insertText', false, code)", f"{code[:3]} {code[3:]}")  # as a paste does
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    assert Rep.objects.get(code="300").user.phone == PHONE
    assert found == {}


def test_a_newcomer_joins_by_an_invitation(phone, rep, company):
    sponsor, found = phone(rep), {}
    sponsor.goto(reverse("campaigns:invite"))
    look(sponsor, found, "invite")
    sponsor.get_by_role("button", name="Make a link").click()
    link = sponsor.get_by_label("Link", exact=True).input_value()
    look(sponsor, found, "invite with link")
    page = phone()
    page.goto(link)
    look(page, found, "join")
    page.get_by_label("Name").fill("Nadia Newcomer")
    page.get_by_label("Phone").fill(PHONE)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Code from the text message").fill(sent_code())
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    assert Rep.objects.get(name="Nadia Newcomer").sponsor_id == rep.rep.pk
    late = phone()
    late.goto(link)
    look(late, found, "over", expected=["410"])
    assert found == {}


def test_pages_of_ones_own_log_in(phone, rep):
    Person(rep.user)
    page, found = phone(rep), {}
    names = ("teams:devices", "teams:phone", "teams:email", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "pipeline:profile")
    for name in (*names, "account_set_password", "account_change_password", "account_reauthenticate"):
        page.goto(reverse(name))
        look(page, found, name)
    TOTP.activate(rep.user, generate_totp_secret())
    for name in ("mfa_deactivate_totp", "mfa_reauthenticate"):
        page.goto(reverse(name))
        look(page, found, name)
    assert found == {}


def test_a_passkey_is_made_and_logs_in(phone, rep):
    page, found = phone(rep), {}
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": {**key, "automaticPresenceSimulation": True}})
    page.goto(reverse("mfa_add_webauthn"))
    page.locator("#id_passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/")
    look(page, found, "recovery codes")
    assert Authenticator.objects.filter(user=rep.user, type="webauthn").count() == 1
    page.goto(reverse("mfa_list_webauthn"))
    look(page, found, "passkeys")
    page.goto(reverse("account_logout"))
    page.get_by_role("button", name="Log out").click()
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    assert found == {}


def test_a_manager_is_led_to_the_second_factor_and_asked_for_it(phone, company, settings):
    settings.SECOND_FACTOR = True
    manager, found = Person(make.manager(company.territory)), {}
    page = phone(manager)
    page.goto("/admin/")
    page.wait_for_url(f"**{reverse('mfa_index')}")
    expect(page.get_by_text("the admin opens with a second factor only")).to_be_visible()
    TOTP.activate(manager.user, generate_totp_secret())
    late = phone()
    late.goto("/admin/")
    late.get_by_label("Phone or e-mail").fill(manager.user.email)
    late.get_by_text("I have a password").click()
    late.get_by_label("Password").fill(make.PASSWORD)
    late.get_by_role("button", name="Log in with the password").click()
    late.wait_for_url(f"**{reverse('mfa_authenticate')}")
    look(late, found, "authenticate")
    assert found == {}
