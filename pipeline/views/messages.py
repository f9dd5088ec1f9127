"""A message to a lead: a template is chosen, its fields are filled, a messenger opens with the text."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cotano.lib import text
from leads import messages
from leads.models import Lead, MessageTemplate
from leads.template_forms import MessageForm

MANY = 10  # templates that are seen at a glance; more stand in groups and are searched
FIND_LONGEST = 60


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The templates as they would read, each with the preferred messenger; `template`: one of them with all messengers.

    `named` is one by its name, in the language that suits. What is posted is the text with other words: nothing is written, the
    messengers get that text.
    """
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user"), pk=pk)
    context: dict[str, object] = {"lead": lead, "sentence": messages.refuse_sentence(lead)}
    number, named = text.number(request.GET.get("template", "")), request.GET.get("named", "")
    if context["sentence"]:
        pass
    elif number is not None:
        offered = MessageTemplate.objects.offered_to(lead.owner)
        context |= _one(request, lead, get_object_or_404(offered, pk=number))
    elif named and (found := messages.by_name(lead.owner, request.user.language, named)):
        context |= _one(request, lead, found)
    else:
        context |= _choices(request, lead)
    return render(request, "pipeline/_message.html" if request.htmx else "pipeline/message.html", context)


def _choices(request: HttpRequest, lead: Lead) -> dict[str, object]:
    """Every template with the text it would be and the way it would go; of many in groups those in which `find` stands."""
    facts, language = messages.facts(lead, lead.owner), request.user.language
    offered = messages.offered(lead.owner, language)
    find = text.one_line(request.GET.get("find", ""))[:FIND_LONGEST]
    groups: dict[str, list[dict[str, object]]] = {}
    for template in offered:
        said = messages.fill(template.text, facts.values(template.language))
        if find.casefold() not in f"{template.name}\n{said.text}".casefold():
            continue
        ways = messages.ways(lead, said.text, subject=template.name)
        choice = {"template": template, "text": said.text, "way": ways[0] if ways and not said.gaps else None}
        groups.setdefault(_group(template, language) if len(offered) > MANY else "", []).append(choice)
    more = {"find": find, "is_long": len(offered) > MANY, "any": bool(offered)}
    return {"groups": list(groups.items()), "reachable": bool(messages.ways(lead, "")), **more}


def _group(template: MessageTemplate, language: str) -> str:
    """Under which heading one of many stands."""
    if template.language != language:
        return _("In other languages")
    return _("Mine") if template.owner_id else _("From the company")


def _one(request: HttpRequest, lead: Lead, template: MessageTemplate) -> dict[str, object]:
    said = messages.fill(template.text, messages.facts(lead, lead.owner).values(template.language))
    form = MessageForm(request.POST) if request.method == "POST" else None
    words, gaps = said.text, said.gaps
    if form and form.is_valid() and (typed := text.many_lines(form.cleaned_data["text"])):
        words, gaps = typed, []
    ways = messages.ways(lead, words, subject=template.name)
    return {"template": template, "text": words, "gaps": [f"{{{name}}}" for name in gaps], "ways": ways, "reachable": bool(ways)}
